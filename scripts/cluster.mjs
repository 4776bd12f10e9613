/** `npm run cluster`: a real cluster on this machine, see docs/real-cluster.md. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, setUp } from "./setup.mjs";

await setUp();
const { build } = await import("esbuild");
const outfile = join(root, "dist", "cluster.mjs");
await build({
  absWorkingDir: root,
  entryPoints: ["test/e2e/cluster/main.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  legalComments: "none",
  logLevel: "error",
});
const { main } = await import(pathToFileURL(outfile).href);
process.exit(await main(process.argv.slice(2), root));

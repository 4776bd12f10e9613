/** `npm run e2e`: plays scenarios on a real cluster, see docs/real-cluster.md. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, setUp } from "./setup.mjs";

await setUp();
const { build: buildSteps } = await import("./build.mjs");
await buildSteps();
const { build } = await import("esbuild");
const outfile = join(root, "dist", "e2e.mjs");
await build({
  absWorkingDir: root,
  entryPoints: ["test/e2e/main.ts"],
  outfile,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  packages: "external",
  legalComments: "none",
  logLevel: "error",
});
const { nodeRoot } = await import("./node-root.mjs");
const { main } = await import(pathToFileURL(outfile).href);
process.exit(await main(process.argv.slice(2), root, nodeRoot));

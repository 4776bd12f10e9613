/** One of the programs that are run in this checkout, made into one file of dist/; packages stay in node_modules. Call it after setUp. */
import { join } from "node:path";
import { root } from "./setup.mjs";

/** The path of the file. */
export async function bundle(entry, name) {
  const { build } = await import("esbuild");
  const outfile = join(root, "dist", name);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    legalComments: "none",
    logLevel: "error",
  });
  return outfile;
}

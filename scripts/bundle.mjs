/** One program of this checkout, made into one file of dist/. Call it when the packages are installed. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { root } from "./setup.mjs";

/**
 * The path of the file; `name` is below dist/. Packages stay in node_modules unless the options of esbuild say otherwise.
 * The file is put in place at once, so several builds at the same time do no harm.
 */
export async function bundle(entry, name, options = { packages: "external" }) {
  const { build } = await import("esbuild");
  const outfile = join(root, "dist", name);
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    legalComments: "none",
    logLevel: "error",
    write: false,
    ...options,
  });
  for (const { path, contents } of outputFiles) {
    await mkdir(dirname(path), { recursive: true });
    const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
    await writeFile(draft, contents);
    await rename(draft, path);
  }
  return outfile;
}

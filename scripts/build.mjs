/**
 * Bundles the step programs and the sandbox into dist/. `npm run build`, or `build()` from another script.
 * Plain JavaScript: it runs before anything is built, on every supported Node.
 */
import { mkdir, readdir, rename, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./setup.mjs";

const STEPS = [
  "create-experiment",
  "generate-load",
  "apply-candidate",
  "wait-and-cleanup",
  "set-commit-status",
];

// Some packages that are bundled are CommonJS and call require() for Node's own modules.
const REQUIRE =
  'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

const TARGETS = [
  ...STEPS.map((step) => ({
    name: step,
    entry: `steps/${step}/main.ts`,
    sources: ["steps"],
    options: { banner: { js: REQUIRE } },
  })),
  {
    name: "sandbox",
    entry: "sandbox/main.ts",
    sources: ["steps", "sandbox"],
    options: { packages: "external" },
  },
  {
    // Two folders deep like its sources, which look for config/ from there.
    name: "test/simulate",
    entry: "test/simulation/main.ts",
    sources: ["steps", "sandbox", "test/simulation", "test/support"],
    options: { packages: "external" },
  },
];

/**
 * Builds what is older than its sources, all of it when `force` is set; returns the names of what was built. Each file
 * is put in place at once, so several builds at the same time do no harm.
 */
export async function build({ force = false, only = undefined } = {}) {
  const dist = join(root, "dist");
  const wanted = TARGETS.filter(({ name }) => only === undefined || only.includes(name));
  const stale = [];
  for (const target of wanted) if (force || (await isStale(target, dist))) stale.push(target);
  if (stale.length === 0) return [];
  const { build: bundle } = await import("esbuild");
  await mkdir(dist, { recursive: true });
  await Promise.all(
    stale.map(async ({ name, entry, options }) => {
      const outfile = join(dist, `${name}.mjs`);
      const { outputFiles } = await bundle({
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
    }),
  );
  return stale.map(({ name }) => name);
}

async function isStale({ name, sources }, dist) {
  const built = await modified(join(dist, `${name}.mjs`));
  if (built === undefined) return true;
  const inputs = [join(root, "package-lock.json"), fileURLToPath(import.meta.url)];
  const times = await Promise.all([
    ...inputs.map(modified),
    ...sources.map((folder) => newest(join(root, folder))),
  ]);
  return times.some((time) => time !== undefined && time > built);
}

async function newest(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const times = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => modified(join(entry.parentPath ?? entry.path, entry.name))),
  );
  return times.reduce((latest, time) => Math.max(latest, time ?? 0), 0);
}

async function modified(path) {
  try {
    return (await stat(path)).mtimeMs;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const built = await build({ force: !process.argv.includes("--stale") });
  console.log(
    built.length === 0
      ? "dist/ is up to date"
      : `built ${built.map((name) => `dist/${name}.mjs`).join(", ")}`,
  );
}

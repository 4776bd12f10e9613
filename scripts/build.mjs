/**
 * Bundles the step programs and the sandbox into dist/. `npm run build`, or `build()` from another script.
 * Plain JavaScript: it runs before anything is built, on every supported Node.
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";
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
  },
  {
    // Two folders deep like its sources, which look for config/ from there.
    name: "test/simulate",
    entry: "test/simulation/main.ts",
    sources: ["steps", "sandbox", "test/simulation", "test/support"],
  },
];

/** Builds what is older than its sources, all of it when `force` is set; returns the names of what was built. */
export async function build({ force = false, only = undefined } = {}) {
  const dist = join(root, "dist");
  const wanted = TARGETS.filter(({ name }) => only === undefined || only.includes(name));
  const stale = [];
  for (const target of wanted) if (force || (await isStale(target, dist))) stale.push(target);
  await Promise.all(stale.map(({ name, entry, options }) => bundle(entry, `${name}.mjs`, options)));
  return stale.map(({ name }) => name);
}

async function isStale({ name, sources }, dist) {
  const built = await modified(join(dist, `${name}.mjs`));
  if (built === undefined) return true;
  const recipes = ["package-lock.json", "scripts/build.mjs", "scripts/bundle.mjs"];
  const times = await Promise.all([
    ...recipes.map((file) => modified(join(root, file))),
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

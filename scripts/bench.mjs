/**
 * `npm run bench -- [NAME...] [options]`: runs the named benchmarks, or all; what follows the first option goes to each of them.
 * Exit code 1 when one of them says that a claim does not hold, 2 when there is none of that name.
 */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "./bundle.mjs";
import { root, setUp } from "./setup.mjs";

const all = readdirSync(join(root, "bench"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const given = process.argv.slice(2);
const end = given.findIndex((argument) => argument.startsWith("-"));
const named = end < 0 ? given : given.slice(0, end);
const options = end < 0 ? [] : given.slice(end);
const unknown = named.find((name) => !all.includes(name));
if (unknown !== undefined) {
  console.error(`There is no benchmark ${unknown}; there are ${all.join(", ")}.`);
  process.exit(2);
}

await setUp();
let failed = false;
for (const name of named.length > 0 ? named : all) {
  const outfile = await bundle(`bench/${name}/main.ts`, `bench/${name}.mjs`);
  console.log(`### ${name}\n`);
  const { status } = spawnSync(process.execPath, [outfile, ...options], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) failed = true;
}
process.exitCode = failed ? 1 : 0;

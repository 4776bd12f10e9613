/** `npm test`: installs and builds what is missing, then runs all tests, or those that the arguments name. */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root, setUp } from "./setup.mjs";

await setUp();
const { build } = await import("./build.mjs");
await build();

const report = join(root, "reports", "tests.json");
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const { status } = spawnSync(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(await readFile(report, "utf8"));
console.log(`${numPassedTests} passed, ${numFailedTests} failed`);
process.exit(numTotalTests === 0 ? 1 : (status ?? 1));

/**
 * What the sequential rule claims: how many bad requests it serves, how near it is to what is possible, and how often it is wrong;
 * beside the rules of others on the same requests.
 *
 *     npm run bench -- detection [--quick] [--runs N] [--write FILE]
 */
import { parseArgs } from "node:util";
import { isMainThread } from "node:worker_threads";
import { blockOf } from "../page-block.ts";
import { caveats, claims } from "./claims.ts";
import { METHOD } from "./method.ts";
import { playAll, serve } from "./pool.ts";
import { report } from "./report.ts";

const RUNS = 2000;
const QUICK_RUNS = 120;
/** Name of the block that the tables are written into. */
const BLOCK = "bench detection";

async function bench(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: "boolean", default: false },
      runs: { type: "string" },
      write: { type: "string" },
    },
  });
  const runs = Number(values.runs ?? (values.quick ? QUICK_RUNS : RUNS));
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs ${values.runs}: must be a whole number from 1 on`);
  const write = values.write === undefined ? undefined : await blockOf(values.write, BLOCK);

  const begin = performance.now();
  const method = METHOD(runs);
  console.log(`${method}\n`);
  const results = await playAll(runs);
  const tables = report(results);
  const checked = claims(results);
  const lines = [
    ...checked.map(({ holds, text }) => `${holds ? "PASS" : "FAIL"}  ${text}`),
    ...caveats(results).map((text) => `note  ${text}`),
  ];
  console.log(`${tables}\n\n${lines.join("\n")}\n\n${((performance.now() - begin) / 1000).toFixed(0)} s`);
  const list = lines.map((line) => `- ${line}`).join("\n");
  await write?.(`${method}\n\n${tables}\n\n${list}`);
  if (checked.some(({ holds }) => !holds)) process.exitCode = 1;
}

if (isMainThread) await bench();
else serve();

/**
 * `npm run simulate -- [--runs N] [--seed S]`: plays N seeded schedules of faults, one after the other from seed S on, and
 * prints those that break a rule with all that happened. Exit code 1 when there is one.
 */
import { parseArgs } from "node:util";
import { playSchedule } from "./schedule.ts";

const { values } = parseArgs({
  options: { runs: { type: "string", default: "1000" }, seed: { type: "string", default: "1" } },
});
const first = Number(values.seed);
const runs = Number(values.runs);
const started = Date.now();
let failed = 0;
for (let seed = first; seed < first + runs; seed += 1) {
  const { breaches, story, lines } = await playSchedule(seed);
  if (breaches.length === 0) continue;
  failed += 1;
  console.log(`seed ${seed}\n  ${story.join("\n  ")}\n  broke:\n    ${breaches.join("\n    ")}`);
  if (runs === 1) console.log(lines.join("\n"));
}
console.log(`${runs - failed} passed, ${failed} failed, in ${((Date.now() - started) / 1000).toFixed(1)} s`);
process.exitCode = failed === 0 ? 0 : 1;

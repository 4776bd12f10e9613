/** `npm run e2e`: plays scenario files on a real cluster, and starts that cluster when there is none. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { keep } from "../../sandbox/scenario/command.ts";
import { readScenario } from "../../sandbox/scenario/read.ts";
import { report } from "../../sandbox/scenario/report.ts";
import { runScenario } from "../../sandbox/scenario/run.ts";
import type { ScenarioFile } from "../../sandbox/scenario/schema.ts";
import { colours } from "../../sandbox/scenario/terminal.ts";
import { realClock } from "../../steps/lib/process/clock.ts";
import { down, MachineLacks, type State, state, up } from "./cluster/cluster.ts";
import { type Played, table } from "./table.ts";
import { whyNot, withImportedImages } from "./world/applies.ts";
import type { NodeRoot } from "./world/images.ts";
import { clusterPlace } from "./world/place.ts";

const USAGE = `npm run e2e -- [FILE...] [--keep DIR] [--leave-up]

  FILE            scenario files (test/scenarios/tutorial.yaml)
  --keep DIR      keep logs, objects and a page of each scenario in DIR
  --leave-up      do not end the cluster that was started for this`;

const FILES = ["test/scenarios/tutorial.yaml"];
/** The scenarios decide every 2 s. */
const SCRAPE_INTERVAL_SECONDS = 1;

/** Exit code: 0 when all passed, 1 when one did not or there is no cluster, 2 when a file cannot be read. */
export async function main(argv: readonly string[], root: string, nodeRoot: NodeRoot): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      keep: { type: "string" },
      "leave-up": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const files = await readAll(positionals.length > 0 ? positionals : FILES.map((file) => join(root, file)));
  if (files === undefined) return 2;
  const found = await state();
  const ours = found === undefined;
  if (ours) endWithCluster();
  try {
    const options = { scrapeIntervalSeconds: SCRAPE_INTERVAL_SECONDS, report: console.log };
    const cluster = found ?? (await up(root, options));
    return await playAll(files, cluster, { root, nodeRoot, folder: values.keep });
  } catch (error) {
    if (!(error instanceof MachineLacks)) throw error;
    console.error(error.message);
    return 1;
  } finally {
    if (ours && !values["leave-up"]) await down();
  }
}

async function playAll(
  files: readonly ScenarioFile[],
  cluster: State,
  { root, nodeRoot, folder }: { root: string; nodeRoot: NodeRoot; folder: string | undefined },
): Promise<number> {
  const paint = colours(process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined);
  const place = clusterPlace(root, cluster, nodeRoot);
  const all: Played[] = [];
  for (const file of files) {
    const why = whyNot(file);
    if (why !== undefined) {
      all.push({ kind: "skipped", scenario: file.name, why });
      continue;
    }
    const result = await runScenario(file, { root, clock: realClock(), place, tell: console.log });
    console.log(report(result, paint));
    if (folder !== undefined) await keep(join(folder, file.name), file, result);
    all.push({ kind: "played", result });
  }
  console.log(`\n${table(all).join("\n")}`);
  return all.every((one) => one.kind === "skipped" || one.result.record.passed) ? 0 : 1;
}

async function readAll(paths: readonly string[]): Promise<readonly ScenarioFile[] | undefined> {
  const readings = await Promise.all(
    paths.map(async (path) => readScenario(withImportedImages(await readFile(path, "utf8")), path)),
  );
  const problems = readings.flatMap((one) => (one.ok ? [] : one.problems));
  for (const problem of problems) console.error(problem);
  return problems.length > 0 ? undefined : readings.flatMap((one) => (one.ok ? [one.scenario] : []));
}

/** A cluster that was started for this does not outlive it. */
function endWithCluster(): void {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => {
      console.error(`${name}: cleaning up`);
      down().finally(() => process.exit(130));
    });
  }
}

/** `npm run e2e`: plays scenario files on a real cluster, and starts that cluster when there is none. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blockOf } from "../../bench/page-block.ts";
import { keep } from "../../sandbox/scenario/command.ts";
import { report } from "../../sandbox/scenario/report.ts";
import { colours } from "../../sandbox/scenario/terminal.ts";
import {
  differences,
  down,
  lookForTraces,
  MachineLacks,
  needPrograms,
  OtherAtWork,
  state,
  type Traces,
  up,
} from "./cluster/cluster.ts";
import { endWhenInterrupted } from "./cluster/interrupted.ts";
import { BLOCK, createFigures } from "./figures/figures.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { findBrowser, NoBrowser } from "./pictures/browser.ts";
import { type Play, playAll } from "./playing.ts";
import { readPlays } from "./plays.ts";
import { noneFailed, type Played, table, unplayed } from "./table.ts";
import { givenGround } from "./world/given-ground.ts";
import { type Ground, ownGround } from "./world/ground.ts";
import type { NodeRoot } from "./world/images.ts";
import { prepare } from "./world/prepare.ts";
import { programsFor } from "./world/programs.ts";
import { SCRAPE_INTERVAL_SECONDS, UnfitCluster, usable } from "./world/unfit.ts";

/** Errors whose message says all that a user needs. */
const REFUSALS = [MachineLacks, NoBrowser, OtherAtWork, UnfitCluster];

interface Suite extends Options {
  readonly root: string;
  readonly nodeRoot: NodeRoot;
  readonly plays: readonly Play[];
}

/**
 * Exit code: 0 when all passed, 1 when one did not or there is no cluster, 2 when the arguments or a file cannot be read, or
 * the cluster that is there is none for scenarios.
 */
export async function main(argv: readonly string[], root: string, nodeRoot: NodeRoot): Promise<number> {
  const reading = readOptions(argv);
  if (reading.kind !== "options") {
    if (reading.kind === "problems") for (const problem of reading.problems) console.error(problem);
    console.log(USAGE);
    return reading.kind === "help" ? 0 : 2;
  }
  const { options } = reading;
  const plays = await readPlays(options, root);
  if (plays === undefined) return 2;
  try {
    await needPrograms(await programsFor(root, options), "play the scenarios");
    if (options.pictures) findBrowser();
    useTemporaryFolder();
    return (await playSomewhere({ ...options, root, nodeRoot, plays })) ? 0 : 1;
  } catch (error) {
    const isExplained = REFUSALS.some((refusal) => error instanceof refusal);
    if (!(isExplained && error instanceof Error)) throw error;
    console.error(error.message);
    return error instanceof UnfitCluster ? 2 : 1;
  }
}

/** Everything temporary is in a folder of this process: what is left in it was left by us. */
function useTemporaryFolder(): void {
  const folder = mkdtempSync(join(tmpdir(), "tekton-canary-e2e-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  process.env["TMPDIR"] = folder;
}

/** Whether all has passed. */
async function playSomewhere(suite: Suite): Promise<boolean> {
  if (suite.given !== undefined) return await play(suite, await givenGround(suite.given));
  const found = await state();
  return found === undefined ? await playOnNewCluster(suite) : await play(suite, ownGround(usable(found)));
}

/** Whether all has passed, and nothing of the cluster was left. Ends what this process has begun, and nothing else. */
async function playOnNewCluster(suite: Suite): Promise<boolean> {
  let before: Traces | undefined;
  try {
    const cluster = await up(suite.root, {
      scrapeIntervalSeconds: SCRAPE_INTERVAL_SECONDS,
      report: console.log,
      async onBegin() {
        // A cluster that was started for this does not outlive it.
        endWhenInterrupted(suite.root);
        before = await lookForTraces();
      },
    });
    const passed = await play(suite, ownGround(usable(cluster)));
    if (before === undefined || suite.leaveUp) return passed;
    await down();
    const left = differences(before, await lookForTraces());
    for (const one of left) console.error(`After the cluster was ended: ${one}.`);
    return passed && left.length === 0;
  } catch (error) {
    if (before !== undefined) await down();
    throw error;
  }
}

/** Whether all has passed. */
async function play(suite: Suite, ground: Ground): Promise<boolean> {
  const { root, plays, parallel } = suite;
  const paint = colours(process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined);
  const figures = ground.logs === undefined ? undefined : createFigures({ logs: ground.logs, parallel });
  const writeFigures = suite.write === undefined ? undefined : await blockOf(suite.write, BLOCK);
  const prepared = await prepare(root, ground, suite.nodeRoot);
  const all: Played[] = [];
  try {
    await playAll(plays, {
      root,
      ground,
      prepared,
      parallel,
      tell: console.log,
      figures,
      async onPlayed(file, played) {
        if (played.kind === "played") {
          console.log(report(played.result, paint));
          if (suite.keep !== undefined) await keep(join(suite.keep, file.name), file, played.result);
        }
        if (played.kind === "broken") console.error(`${paint.red("✗")} ${file.name}: ${played.why}`);
        all.push(played);
      },
    });
    console.log(`\n${table(all).join("\n")}`);
  } finally {
    await prepared.close();
  }
  if (figures !== undefined) await writeFigures?.(figures.markdown(await prepared.imageSizes()));
  const notPassed = unplayed(all, suite.files.length > 0);
  if (notPassed !== undefined) console.error(notPassed);
  return noneFailed(all) && notPassed === undefined;
}

/** `npm run e2e`: plays scenario files on a real cluster, and starts that cluster when there is none. */
import { join } from "node:path";
import { blockOf } from "../../bench/page-block.ts";
import { keep } from "../../sandbox/scenario/command.ts";
import { report } from "../../sandbox/scenario/report.ts";
import { colours } from "../../sandbox/scenario/terminal.ts";
import { differences, down, lookForTraces, MachineLacks, state, up } from "./cluster/cluster.ts";
import { endWhenInterrupted } from "./cluster/interrupted.ts";
import { BLOCK, createFigures } from "./figures/figures.ts";
import { type Options, readOptions, USAGE } from "./options.ts";
import { findBrowser, NoBrowser } from "./pictures/browser.ts";
import { type Play, playAll } from "./playing.ts";
import { readPlays } from "./plays.ts";
import { allPassed, type Played, table } from "./table.ts";
import { givenGround } from "./world/given-ground.ts";
import { type Ground, ownGround } from "./world/ground.ts";
import type { NodeRoot } from "./world/images.ts";
import { prepare } from "./world/prepare.ts";

/** The scenarios decide every second or two. */
const SCRAPE_INTERVAL_SECONDS = 1;

interface Suite extends Options {
  readonly root: string;
  readonly nodeRoot: NodeRoot;
  readonly plays: readonly Play[];
}

/** Exit code: 0 when all passed, 1 when one did not or there is no cluster, 2 when the arguments or a file cannot be read. */
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
    if (options.pictures) findBrowser();
    return (await playSomewhere({ ...options, root, nodeRoot, plays })) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof MachineLacks || error instanceof NoBrowser)) throw error;
    console.error(error.message);
    return 1;
  }
}

/** Whether all has passed. */
async function playSomewhere(suite: Suite): Promise<boolean> {
  if (suite.given !== undefined) return await play(suite, await givenGround(suite.given));
  const found = await state();
  return found === undefined ? await playOnNewCluster(suite) : await play(suite, ownGround(found));
}

/** Whether all has passed, and nothing of the cluster was left. */
async function playOnNewCluster(suite: Suite): Promise<boolean> {
  const before = await lookForTraces();
  // A cluster that was started for this does not outlive it.
  endWhenInterrupted(suite.root);
  try {
    const cluster = await up(suite.root, {
      scrapeIntervalSeconds: SCRAPE_INTERVAL_SECONDS,
      report: console.log,
    });
    const passed = await play(suite, ownGround(cluster));
    if (suite.leaveUp) return passed;
    await down();
    const left = differences(before, await lookForTraces());
    for (const one of left) console.error(`After the cluster was ended: ${one}.`);
    return passed && left.length === 0;
  } catch (error) {
    await down();
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
        all.push(played);
        if (played.kind === "skipped") return;
        console.log(report(played.result, paint));
        if (suite.keep !== undefined) await keep(join(suite.keep, file.name), file, played.result);
      },
    });
  } finally {
    await prepared.close();
  }
  if (figures !== undefined) await writeFigures?.(figures.markdown(await prepared.imageSizes()));
  console.log(`\n${table(all).join("\n")}`);
  return allPassed(all);
}

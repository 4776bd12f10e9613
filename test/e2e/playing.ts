/** Plays scenarios on a prepared cluster: some side by side, and those that take something away from all one by one. */
import { runScenario } from "../../sandbox/scenario/run.ts";
import type { ScenarioFile } from "../../sandbox/scenario/schema.ts";
import type { Place } from "../../sandbox/scenario/world.ts";
import { PIPELINE_NAMESPACE } from "../../sandbox/world/install.ts";
import { realClock } from "../../steps/lib/process/clock.ts";
import { onlyFromBundle } from "./bundles/place.ts";
import type { Figures } from "./figures/figures.ts";
import { withPictures } from "./pictures/pictures.ts";
import type { Played } from "./table.ts";
import { isAlone, isUnhurried, whyNot } from "./world/applies.ts";
import type { Ground } from "./world/ground.ts";
import type { Prepared } from "./world/prepare.ts";

/** A scenario in namespaces of its own. */
export interface Play {
  readonly file: ScenarioFile;
  /** Tells what belongs to it from what belongs to others. */
  readonly suffix: string;
  /** Its runs come from a bundle in the cluster's registry, not from what is installed. */
  readonly fromBundle?: boolean;
  /** Gets pictures of its last runs in the Dashboard, one of each outcome. */
  readonly pictures?: string | undefined;
}

export interface Playing {
  readonly root: string;
  readonly ground: Ground;
  readonly prepared: Prepared;
  /** How many at the same time; two that take minutes count as one. */
  readonly parallel: number;
  readonly tell: (text: string) => void;
  /** Measures, when it is given. */
  readonly figures?: Figures | undefined;
  /** Gets what came of each as soon as it is over; what it throws is that scenario's failure. */
  readonly onPlayed: (file: ScenarioFile, played: Played) => Promise<void>;
}

/** Returns when all are over. What fails is one scenario's failure, and the others are played. */
export async function playAll(plays: readonly Play[], playing: Playing): Promise<void> {
  const together = plays.filter(({ file }) => !isAlone(file));
  // Two that take long and need little count as one of the others: two processors bear that.
  const slow = playing.parallel > 1 ? together.filter(({ file }) => isUnhurried(file)) : [];
  const rest = together.filter((one) => !slow.includes(one));
  const lanes = [
    ...Array.from({ length: Math.min(2, slow.length) }, () => slow),
    ...Array.from({ length: playing.parallel - (slow.length > 0 ? 1 : 0) }, () => rest),
  ];
  await Promise.all(
    lanes.map(async (waiting) => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await play(next, playing);
    }),
  );
  for (const one of plays.filter(({ file }) => isAlone(file))) await play(one, playing);
}

async function play(one: Play, playing: Playing): Promise<void> {
  const { file } = one;
  try {
    await playing.onPlayed(file, await playedOf(one, playing));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    await playing.onPlayed(file, { kind: "broken", scenario: file.name, why });
  }
}

async function playedOf(one: Play, playing: Playing): Promise<Played> {
  const { root, ground, tell, figures } = playing;
  const { file } = one;
  const why = whyNot(file, ground.isOwn);
  if (why !== undefined) return { kind: "skipped", scenario: file.name, why };
  const say = (text: string) => tell(`${file.name}: ${text}`);
  const measuring = figures?.of(file);
  const result = await runScenario(file, {
    root,
    clock: realClock(),
    place: await placeOf(one, playing, say),
    tell: say,
    ...(measuring !== undefined && { watch: measuring.watch }),
  });
  await measuring?.note(result);
  return { kind: "played", result };
}

async function placeOf(
  { suffix, fromBundle, pictures }: Play,
  { root, ground, prepared }: Playing,
  tell: (text: string) => void,
): Promise<Place> {
  const bundle = fromBundle === true ? await ground.pushBundle?.(root) : undefined;
  const place = prepared.place(suffix, bundle);
  const strict = bundle === undefined ? place : onlyFromBundle(place, bundle);
  if (pictures === undefined || ground.dashboard === undefined) return strict;
  const { dashboard } = ground;
  return withPictures(strict, { dashboard, pipelines: PIPELINE_NAMESPACE, folder: pictures, tell });
}

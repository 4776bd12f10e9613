/** Runs one scenario: makes its world, plays it, and says what came of it. */
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatDuration } from "../../steps/lib/experiment/duration.ts";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { PIPELINE_NAMESPACE, UnknownParams } from "../world/install.ts";
import { unmet } from "./expectations.ts";
import type { Frame } from "./frame.ts";
import { createOnlooker, type Onlooker } from "./onlooker.ts";
import { playSteps } from "./play.ts";
import { objectsIn, type ScenarioRecord, type StepFindings, seconds, stepFindings } from "./record.ts";
import { violations } from "./rules.ts";
import { sandboxPlace } from "./sandbox-place.ts";
import { type ScenarioFile, type Subject, subjects } from "./schema.ts";
import type { Sighting } from "./sightings.ts";
import { type Played, type Stage, statusContext, subjectOf } from "./stage.ts";
import { comeUsers, type Users } from "./users.ts";
import type { Place, World } from "./world.ts";

export interface RunOptions {
  /** The repository's root folder. */
  readonly root: string;
  readonly clock: Clock;
  /** Where it plays; in the sandbox unless set. */
  readonly place?: Place;
  /** What happens, in a few words, as it happens. */
  readonly tell?: (text: string) => void;
  /** Gets the stage when the world is up, to watch it live. */
  readonly watch?: (stage: Stage) => void;
}

/** One step (of one service) of the scenario, with what was found. */
export interface StepResult {
  readonly title: string;
  readonly frame: Frame;
  readonly findings: StepFindings;
  readonly failures: readonly string[];
}

export interface ScenarioResult {
  readonly record: ScenarioRecord;
  readonly steps: readonly StepResult[];
  readonly sightings: readonly Sighting[];
}

/** Drain and whatever else would make every scenario long. */
const SHORT = { drain: "1s" };
/** How long users come before the first push, so that there is something to compare with. */
const LEAD_MS = 1500;
/** From this many scrapes on it can be seen how often there is one. */
const LEAD_SCRAPES = 4;

const folders = new Set<string>();

process.once("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

/** Never throws for what happens in the scenario, nor when its world cannot start or end: that is in the record. */
export async function runScenario(file: ScenarioFile, options: RunOptions): Promise<ScenarioResult> {
  const { root, clock, place = sandboxPlace(root), tell = () => {} } = options;
  const startedAt = clock.now();
  const onlooker = createOnlooker(clock);
  const all = subjects(file);
  const folder = await mkdtemp(join(tmpdir(), "sandbox-"));
  folders.add(folder);
  const broken: string[] = [];
  const stage = await attempt(broken, async (): Promise<Stage> => {
    const setting = {
      clock,
      images: file.images,
      cluster: file.cluster.map((object) => placed(object, all)),
      releases: all.map((one) => ({ ...one, params: paramsOf(one) })),
      scrapeMs: file.scrape,
      files: file.repository,
    };
    const world = await place.start(setting, folder, onlooker);
    return { place, world, onlooker, clock, subjects: all, played: [], tell };
  });
  const result =
    stage === undefined
      ? failedToStart(file, broken, place, seconds(clock.now() - startedAt))
      : await playOn(stage, file, startedAt, options.watch);
  const left: string[] = [];
  await attempt(left, async () => stage?.world.close());
  await attempt(left, () => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  folders.delete(folder);
  return withFailures(
    result,
    left.map((problem) => `${place.name} did not end: ${problem}`),
  );
}

/** Plays the file in a world that has started, and leaves the world open. */
async function playOn(
  stage: Stage,
  file: ScenarioFile,
  startedAt: number,
  watch: RunOptions["watch"],
): Promise<ScenarioResult> {
  const { world, onlooker, clock, subjects: all } = stage;
  let users: readonly Users[] = [];
  const broken: string[] = [];
  await attempt(broken, async () => {
    watch?.(stage);
    await world.ready();
    users = comeUsers(world, onlooker, all, clock);
    if (all.some(({ traffic }) => (traffic?.rate ?? 0) > 0)) await clock.sleep(leadMs(file));
    await playSteps(stage, file.steps);
  });
  await attempt(broken, () => Promise.all(users.map((one) => one.close())));
  await attempt(broken, () => world.told());
  return conclude(file, stage, startedAt, broken);
}

/** With its place in the code when it may be a mistake of ours. */
function wordsOf(error: unknown): string {
  if (error instanceof UnknownParams) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** What `work` resolves to; undefined when it fails, and `failures` gets why. */
async function attempt<T>(failures: string[], work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    failures.push(wordsOf(error));
    return undefined;
  }
}

function withFailures(result: ScenarioResult, more: readonly string[]): ScenarioResult {
  const { record } = result;
  const passed = record.passed && more.length === 0;
  return { ...result, record: { ...record, passed, failures: [...record.failures, ...more] } };
}

function conclude(
  file: ScenarioFile,
  stage: Stage,
  startedAt: number,
  broken: readonly string[],
): ScenarioResult {
  const { place, world, onlooker, clock, played } = stage;
  const sightings = withStatuses(onlooker, world);
  const steps = played.flatMap((one) => stepResults(stage, one, sightings));
  const breaches = violations(sightings, {
    subjects: stage.subjects,
    pipelineNamespace: PIPELINE_NAMESPACE,
    images: file.images,
    graceMs: place.graceMs,
    deafMs: place.deafMs,
    secrets: world.secrets(),
  });
  const failures = [
    ...steps.flatMap(({ title, failures: all }, index) =>
      all.map((one) => `step ${index + 1} (${title}): ${one}`),
    ),
    ...[...onlooker.problems, ...broken].map((problem) => `${place.name}: ${problem}`),
  ];
  const namespaces = [...new Set(stage.subjects.map(({ namespace }) => namespace))];
  return {
    steps,
    sightings,
    record: {
      scenario: file.name,
      passed: failures.length === 0 && breaches.length === 0,
      seconds: seconds(clock.now() - startedAt),
      violations: breaches,
      failures,
      steps: steps.map(({ findings }) => findings.record),
      objects: namespaces.flatMap((namespace) => objectsIn(onlooker.view, namespace)),
      experiments: namespaces.flatMap((namespace) => onlooker.view.list("Experiment", namespace)),
    },
  };
}

/** One result for each run of the step; a step without a run has one too. */
function stepResults(stage: Stage, played: Played, sightings: readonly Sighting[]): readonly StepResult[] {
  const next = stage.played.find((one) => one.from > played.from && one.revision === played.revision);
  const after = stage.played[stage.played.indexOf(played) + 1];
  const until = played.until ?? stage.clock.now();
  const runs = played.runs.length === 0 ? [undefined] : played.runs;
  return runs.map((run) => {
    const context = run === undefined ? undefined : statusContext(stage, run);
    const frame: Frame = {
      subject: subjectOf(stage, run),
      revision: played.revision,
      run: run ?? "",
      ...(context === undefined ? {} : { context }),
      from: played.from,
      until,
      statusesUntil: next?.from ?? Number.POSITIVE_INFINITY,
      settledUntil: Math.max(until, after?.from ?? Number.POSITIVE_INFINITY),
      deafMs: stage.place.deafMs,
    };
    const findings = stepFindings(sightings, frame);
    return {
      title: runs.length > 1 ? `${played.title} (${frame.subject.service})` : played.title,
      frame,
      findings,
      failures: [...played.problems, ...unmet(played.expect, findings)],
    };
  });
}

function withStatuses(onlooker: Onlooker, world: World): readonly Sighting[] {
  const statuses = world.forge.statuses().map(
    ({ at, revision, state, context, description }): Sighting => ({
      kind: "status",
      at,
      revision,
      state,
      context,
      description: description ?? "",
    }),
  );
  return [...onlooker.seen, ...statuses].sort((one, other) => one.at - other.at);
}

function leadMs({ scrape = 0 }: ScenarioFile): number {
  return Math.max(LEAD_MS, scrape * LEAD_SCRAPES);
}

/** Objects of the file live where the service does unless they say otherwise. */
function placed(object: ScenarioFile["cluster"][number], [first]: readonly Subject[]): KubeObject {
  return { ...object, metadata: { namespace: first?.namespace ?? "default", ...object.metadata } };
}

function paramsOf({ params, manifestPath }: Subject): Readonly<Record<string, string>> {
  return { ...SHORT, ...(manifestPath === undefined ? {} : { "manifest-path": manifestPath }), ...params };
}

function failedToStart(
  file: ScenarioFile,
  broken: readonly string[],
  place: Place,
  took: number,
): ScenarioResult {
  const failures = broken.map((problem) => `${place.name} did not start: ${problem}`);
  const nothing = { violations: [], steps: [], objects: [], experiments: [] };
  return {
    steps: [],
    sightings: [],
    record: { scenario: file.name, passed: false, seconds: took, failures, ...nothing },
  };
}

/** `1m5s`, for people. */
export function howLong(record: { readonly seconds: number }): string {
  return formatDuration(record.seconds * 1000);
}

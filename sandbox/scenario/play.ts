/** Plays the steps of a scenario in its world, one after the other, each with its events. */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "../cluster/json.ts";
import { perform, textOf } from "./acts.ts";
import { atMoment } from "./moments.ts";
import type { Act, Expectation, ScenarioEvent, ScenarioStep } from "./schema.ts";
import { settled } from "./settled.ts";
import { isOver, type Played, paramOf, pipelineRuns, type Stage } from "./stage.ts";

const POLL_MS = 50;
/** A step whose run takes longer than this is given up. */
const LIMIT_MS = 600_000;

/**
 * Returns when every step is over, background ones too. Throws when a run does not end; one in the background is a
 * problem that the onlooker hears of.
 */
export async function playSteps(stage: Stage, steps: readonly ScenarioStep[]): Promise<void> {
  const background: Promise<void>[] = [];
  try {
    for (const step of steps) {
      const done = playStep(stage, step);
      // Caught at once: a rejection that nobody waits for yet would end the process and leave its world behind.
      if (step.background === true || step.push?.background === true)
        background.push(done.catch((error: unknown) => stage.onlooker.problem(messageOf(error))));
      else await done;
    }
  } finally {
    await Promise.all(background);
  }
  for (const { metadata } of pipelineRuns(stage)) {
    if (!isClaimed(stage, metadata.name))
      stage.onlooker.problem(`${metadata.name} started although no step asked for it`);
  }
}

async function playStep(stage: Stage, step: ScenarioStep): Promise<void> {
  const { push, webhook, wait, events, expect } = step;
  const { clock } = stage;
  if (push !== undefined) return await playPush(stage, push, expect, events);
  if (webhook !== undefined) {
    const played = begin(stage, "a webhook that no push caused", expect);
    return await during(stage, played, events, async () => {
      if (webhook.redeliver === "last") await stage.world.forge.redeliver();
      else await sendWebhook(stage, webhook);
      await stage.world.triggered();
      claimNewRuns(stage, played);
      if (webhook.signature !== undefined && played.runs.length > 0) {
        played.problems.push(`a webhook without a good signature started ${played.runs.join(", ")}`);
      }
      await runsOver(stage, played);
    });
  }
  if (wait !== undefined) {
    const played = begin(stage, `wait ${wait / 1000} s`, expect);
    return await during(stage, played, events, () => clock.sleep(wait));
  }
  const last = stage.onlooker.seen.findLast(
    (one) => one.kind === "object" && one.change === "ADDED" && one.object.kind === "PipelineRun",
  );
  if (last?.kind !== "object") throw new Error("there is no run to start again");
  const { name, namespace = "" } = last.object.metadata;
  const played = begin(stage, `rerun of ${name}`, expect);
  await during(stage, played, events, async () => {
    const run = await stage.world.rerun(namespace, name);
    played.revision = paramOf(run as never, "revision") ?? "";
    played.runs.push(run.metadata.name);
    await runsOver(stage, played);
  });
}

async function playPush(
  stage: Stage,
  push: { readonly files: Readonly<Record<string, string>>; readonly message: string },
  expect: Expectation,
  events: readonly ScenarioEvent[],
): Promise<void> {
  const { world } = stage;
  const played = begin(stage, push.message, expect);
  await during(stage, played, events, async () => {
    stage.tell(`push "${push.message}"`);
    const { revision } = await world.forge.push({ files: push.files, message: push.message });
    played.revision = revision;
    await world.triggered();
    for (const run of pipelineRuns(stage)) {
      if (paramOf(run, "revision") === revision) claim(stage, played, run);
    }
    await runsOver(stage, played);
  });
}

function begin(stage: Stage, title: string, expect: Expectation): Played {
  const from = stage.clock.now();
  const played: Played = { title, expect, from, until: undefined, revision: "", runs: [], problems: [] };
  stage.played.push(played);
  return played;
}

/**
 * Does `work` while the step's events happen, and is over when they are too, so that nothing is still away; also when `work`
 * throws. An act that fails is a problem of the step.
 */
async function during(
  stage: Stage,
  played: Played,
  events: readonly ScenarioEvent[],
  work: () => Promise<void>,
): Promise<void> {
  const over = new AbortController();
  const others: Promise<void>[] = [];
  for (const { when, do: act } of events) {
    let happened = false;
    atMoment(stage, played, when, over.signal, () => {
      happened = true;
      others.push(
        happen(stage, played, act, over.signal).catch(
          (error: unknown) =>
            void played.problems.push(`the event "${textOf(act)}" failed: ${messageOf(error)}`),
        ),
      );
    });
    over.signal.addEventListener("abort", () => {
      if (!happened)
        played.problems.push(`the event "${textOf(act)}" never came: its moment was not reached`);
    });
  }
  try {
    await work();
    played.until = stage.clock.now();
    const { runs = played.runs.length } = played.expect;
    if (runs !== played.runs.length)
      played.problems.push(`${runs} runs should be started, ${played.runs.length} were`);
  } finally {
    over.abort();
    await Promise.all(others);
  }
  await settled(stage, played);
}

/** What has nothing to act on yet is tried again until the step is over. */
async function happen(stage: Stage, played: Played, act: Act, over: AbortSignal): Promise<void> {
  const { clock, onlooker, tell } = stage;
  const text = textOf(act);
  const note = () => {
    onlooker.add({ kind: "act", at: clock.now(), name: text.split(" ")[0] ?? text, text });
    tell(text);
  };
  if (act.push !== undefined) {
    note();
    return await playPush(stage, act.push, act.push.expect ?? {}, []);
  }
  if (act.restart !== undefined) {
    note();
    return await stage.world.restartGateway();
  }
  if (act.outage !== undefined) {
    const end = await stage.world.outage(act.outage.of);
    note();
    await clock.sleep(act.outage.for);
    await end();
    onlooker.add({ kind: "act", at: clock.now(), name: "return", text: `return of ${act.outage.of}` });
    tell(`return of ${act.outage.of}`);
    return;
  }
  while (!(await perform(stage, played, act))) {
    if (over.aborted) {
      played.problems.push(`the event "${text}" found nothing to act on`);
      return;
    }
    await clock.sleep(POLL_MS);
  }
  note();
}

function claim(stage: Stage, played: Played, run: KubeObject): void {
  const { name } = run.metadata;
  if (!isClaimed(stage, name)) played.runs.push(name);
}

function isClaimed(stage: Stage, name: string): boolean {
  return stage.played.some(({ runs }) => runs.includes(name));
}

function claimNewRuns(stage: Stage, played: Played): void {
  for (const run of pipelineRuns(stage)) {
    claim(stage, played, run);
    if (played.runs.includes(run.metadata.name)) played.revision = paramOf(run, "revision") ?? "";
  }
}

async function runsOver(stage: Stage, played: Played): Promise<void> {
  while (!played.runs.every((run) => isOver(stage, run))) {
    if (stage.clock.now() - played.from > LIMIT_MS) {
      throw new Error(`${played.runs.join(", ")} is not over after ${LIMIT_MS / 60_000} minutes`);
    }
    await stage.clock.sleep(POLL_MS);
  }
}

/** The last push's event again, with what the step says laid over it, and as much longer as it says. */
async function sendWebhook({ world }: Stage, webhook: NonNullable<ScenarioStep["webhook"]>): Promise<void> {
  const last = world.forge.lastPush().at(-1)?.body ?? {};
  const { padding = 0 } = webhook;
  const body = {
    ...(overlaid(last, webhook.body ?? {}) as object),
    ...(padding > 0 && { padding: "x".repeat(padding) }),
  };
  await world.forge.send({
    body,
    ...(webhook.signature === undefined ? {} : { signature: webhook.signature }),
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function overlaid(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over;
  return {
    ...base,
    ...Object.fromEntries(Object.entries(over).map(([key, value]) => [key, overlaid(base[key], value)])),
  };
}

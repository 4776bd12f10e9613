/** Polls instead of checks: after each one the evidence so far decides whether to stop, promote, climb or go on. */
import { formatDuration } from "../experiment/duration.ts";
import type { CountingRecord, ExperimentStatus } from "../experiment/schema.ts";
import type {
  Counts,
  Decision,
  Line,
  Measured,
  Observation,
  Plan,
  SequentialPlan,
  Verdict,
  WeighedPoll,
} from "./model.ts";
import {
  conclude,
  currentWeight,
  timeOf,
  unchanged,
  withIteration,
  withLoop,
  withMetrics,
} from "./record.ts";
import { evidenceRecord, resultsOf } from "./sequential/results.ts";
import { splitOff } from "./sequential/split.ts";
import { inconclusive, notFollowed, promoted, stoppedBy, type Weighed } from "./sequential/verdicts.ts";
import { together } from "./sequential/words.ts";
import { step } from "./stepping.ts";
import { type Move, nextMove } from "./strategies/sequential.ts";

/** How often a quiet run says how it stands. */
const TELL_MS = 30_000;
/** How long the mesh may take to follow a weight. */
const FOLLOW_MS = 60_000;
const LOOK_AGAIN_MS = 5000;

/** The first look: what was measured is fixed for the run, and the candidate gets its first weight. */
export function begin(
  plan: Plan,
  status: ExperimentStatus,
  seen: Observation,
  measured: Measured,
  now: number,
): Decision {
  const start = new Date(now).toISOString();
  const pods = seen.candidate?.ready ?? 0;
  const counting: CountingRecord = { ...measured, start, judged: 0, pods, morePods: [start] };
  const { pollMs, burst, firstWeight } = counting;
  const text =
    `Evidence is weighed every ${formatDuration(pollMs)}, the scrape interval; the first weight is ${firstWeight} %` +
    `${burst > 1 ? `; errors come in bursts of about ${Math.round(burst)}, so evidence counts that much less` : ""}.`;
  const started = withLoop(withMetrics(status, now), {
    counting,
    wanted: firstWeight,
    nextCheck: dueAt(counting, 1),
  });
  const moved = step(plan, withIteration(started, 1, now), seen, firstWeight, now);
  return { ...moved, lines: [{ level: burst > 3 ? "warn" : "info", text }, ...moved.lines] };
}

/** Before the baseline was called and scraped there is no scrape interval, no rate, and nothing to compare with. */
export function waitForRequests(
  plan: Plan,
  sequential: SequentialPlan,
  status: ExperimentStatus,
  now: number,
): Decision {
  const since = timeOf(status.loop?.startedAt) ?? now;
  if (now - since >= sequential.deadlineMs)
    return conclude(status, inconclusive(plan, sequential, undefined), now);
  const nextCheck = new Date(now + LOOK_AGAIN_MS).toISOString();
  const told = status.loop?.nextCheck !== status.loop?.startedAt;
  const text = `${plan.baseline ?? "The baseline"} has no request counters yet: waiting for its first requests, at most ${formatDuration(sequential.deadlineMs)}.`;
  return {
    status: withLoop(withMetrics(status, now), { nextCheck }),
    effects: [],
    lines: told ? [] : [{ level: "warn", text }],
  };
}

/** Judges every poll that was not judged yet, in order, so that a run that was away decides where it would have decided. */
export function judge(
  plan: Plan,
  sequential: SequentialPlan,
  status: ExperimentStatus,
  seen: Observation,
  { polls, latest, upTo }: Extract<Counts, { kind: "polls" }>,
  now: number,
): Decision {
  const counting = status.loop?.counting;
  if (counting === undefined) return unchanged(status);
  const first = timeOf(status.loop?.weights?.[0]?.at);
  const weight = currentWeight(status);
  const elapsed = (at: number) => (first === undefined ? 0 : at - first);
  const after = (poll: WeighedPoll) => {
    const judged = withLoop(withMetrics(status, now), { counting: { ...counting, judged: poll.number } });
    const assessment = evidenceRecord(sequential.criteria, poll.standing);
    return withIteration({ ...judged, assessment }, poll.number + 1, now);
  };

  for (const poll of polls) {
    const weighed: Weighed = { poll, elapsedMs: elapsed(poll.to) };
    const moment = { weight, during: poll.weight, elapsedMs: weighed.elapsedMs };
    const end = endOf(plan, sequential, nextMove(sequential, poll.standing, moment), weighed);
    if (end === undefined) continue;
    const { lines, ...decision } = conclude(after(poll), end, now);
    return { ...decision, lines: [...tell(sequential, weighed), ...lines] };
  }

  const newest = polls.at(-1);
  const late = now - (first ?? Date.parse(counting.start)) >= sequential.deadlineMs + 2 * counting.pollMs;
  // A store that is behind is asked again at the next look.
  if (upTo === counting.judged && !late) return unchanged(status);
  const next = newest === undefined ? withMetrics(status, now) : after(newest);
  const due = withLoop(next, {
    counting: { ...counting, judged: upTo },
    nextCheck: dueAt(counting, upTo + 1),
  });
  // Without a poll that counts nothing else would end the run.
  if (late) {
    const last = latest && { poll: latest, elapsedMs: sequential.deadlineMs };
    return conclude(due, inconclusive(plan, sequential, last), now);
  }
  if (newest === undefined)
    return { status: due, effects: [], lines: nothingCounted(counting, upTo, latest) };
  return climb(plan, sequential, due, seen, { poll: newest, elapsedMs: elapsed(newest.to) }, now);
}

/** The newest poll decides about the weight: up a step, or where it is. */
function climb(
  plan: Plan,
  sequential: SequentialPlan,
  status: ExperimentStatus,
  seen: Observation,
  weighed: Weighed,
  now: number,
): Decision {
  const { poll, elapsedMs } = weighed;
  const weight = currentWeight(status);
  const told = telling(poll, status) ? tell(sequential, weighed) : [];
  const off = poll.weight === weight ? splitOff(poll) : undefined;
  if (off !== undefined) {
    const since = timeOf(status.loop?.weights?.at(-1)?.at) ?? now;
    if (now - since >= FOLLOW_MS) return conclude(status, notFollowed(plan, off), now);
    const line: Line = { level: "warn", text: `${off}. No further step until the mesh follows.` };
    return { status, effects: [], lines: [...told, line] };
  }
  const move = nextMove(sequential, poll.standing, { weight, during: poll.weight, elapsedMs });
  const wanted = status.loop?.wanted ?? weight;
  if (move.kind !== "weight") {
    // A step that still waits for its pods was earned by older evidence.
    const next = wanted === weight ? status : withLoop(status, { wanted: weight });
    return { status: next, effects: [], lines: told };
  }
  if (move.candidate === wanted) return { status, effects: [], lines: told };
  const moved = step(plan, withLoop(status, { wanted: move.candidate }), seen, move.candidate, now);
  const why = `The risk budget allows ${poll.standing.allowed} %.`;
  return {
    ...moved,
    lines: [
      ...(told.length > 0 ? told : tell(sequential, weighed)),
      { level: "info", text: why },
      ...moved.lines,
    ],
  };
}

function endOf(plan: Plan, sequential: SequentialPlan, move: Move, weighed: Weighed): Verdict | undefined {
  switch (move.kind) {
    case "abort":
      return stoppedBy(plan, sequential, weighed, move.by);
    case "promote":
      return promoted(plan, sequential, weighed);
    case "inconclusive":
      return inconclusive(plan, sequential, weighed);
    case "weight":
    case "hold":
      return undefined;
  }
}

/** A poll is read one interval and a second after its end: by then every scrape of it has arrived. */
function dueAt({ start, pollMs }: CountingRecord, number: number): string {
  return new Date(Date.parse(start) + (number + 1) * pollMs + 1000).toISOString();
}

/** Half a minute without a poll that counts is told. */
function nothingCounted(
  { start, pollMs }: CountingRecord,
  upTo: number,
  latest: WeighedPoll | undefined,
): Line[] {
  const at = Date.parse(start) + upTo * pollMs;
  if (Math.floor(at / TELL_MS) === Math.floor((at - pollMs) / TELL_MS)) return [];
  const ms = at - (latest?.to ?? Date.parse(start));
  if (ms < TELL_MS) return [];
  const text = `No poll could be counted for ${formatDuration(ms)}: no samples, or the weight was not settled.`;
  return [{ level: "warn", text }];
}

function telling(poll: WeighedPoll, status: ExperimentStatus): boolean {
  const { start = "", pollMs = TELL_MS } = status.loop?.counting ?? {};
  const period = (at: number) => Math.floor((at - Date.parse(start)) / TELL_MS);
  return poll.standing.polls === 1 || period(poll.to) !== period(poll.to - pollMs);
}

/** Where the evidence stands: one line for all, one for each criterion. */
function tell({ criteria, ignoreWorstPoll }: SequentialPlan, { poll, elapsedMs }: Weighed): Line[] {
  const results = resultsOf(criteria, poll.standing);
  const earned = results.filter((result) => result.verdict === "satisfied").length;
  const head =
    `${formatDuration(elapsedMs)} at ${poll.weight} %: against the candidate ${together(poll.standing, ignoreWorstPoll)}; ` +
    `${earned} of ${results.length} criteria earned (promoted with all).`;
  return [
    { level: "info", text: head },
    ...results.map(
      ({ verdict, sentence }): Line => ({
        level: verdict === "violated" || verdict === "both-violate" ? "warn" : "info",
        text: `  ${verdict}: ${sentence}.`,
      }),
    ),
  ];
}

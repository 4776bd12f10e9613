/** What the users saw of a change of weight: when traffic followed, and what failed meanwhile. Pure. */
import { failed } from "../../../sandbox/scenario/record.ts";
import type { ReplySeen } from "../../../sandbox/scenario/sightings.ts";
import { type WeightChange, withWeight } from "./changes.ts";

export interface Following {
  /** `arrives`: a version without weight got some. `leaves`: one lost all. */
  readonly way: "arrives" | "leaves";
  /** From the write to the first request that the version got, or to the last one. */
  readonly ms: number;
  /** ms between two requests that can show it, on average: nothing finer can be seen. */
  readonly gapMs: number;
}

export interface Window {
  /** Of the candidate, in percent. */
  readonly from: number;
  readonly to: number;
  readonly requests: number;
  readonly failed: number;
}

const BEFORE_MS = 1000;
const AFTER_MS = 3000;

/**
 * One for each version that gets weight or loses all of it; between two weights above 0 no single request tells which
 * one holds. `rate`: the users' requests a second. None where no request could show it.
 */
export function followingsOf(
  changes: readonly WeightChange[],
  replies: readonly ReplySeen[],
  rate: number,
): readonly Following[] {
  return changes.flatMap((change, index): readonly Following[] =>
    withWeight(change.before, change.after).flatMap((version): readonly Following[] => {
      const [old, now] = [change.before[version] ?? 0, change.after[version] ?? 0];
      if (rate === 0 || (old > 0 && now > 0)) return [];
      // Afterwards it is another change that is seen.
      const next = changes
        .slice(index + 1)
        .find((other) => isOf(other, change) && (other.after[version] ?? 0) > 0 !== now > 0);
      const sent = replies
        .filter((reply) => isOf(reply, change) && reply.deployment === version)
        .filter(({ at, sentAt }) => at > change.at && sentAt < (next?.at ?? Number.POSITIVE_INFINITY))
        .map(({ sentAt }) => Math.max(0, sentAt - change.at));
      const gapMs = 1000 / (rate * (Math.max(old, now) / 100));
      if (now === 0) return [{ way: "leaves", ms: Math.max(0, ...sent), gapMs }];
      return sent.length === 0 ? [] : [{ way: "arrives", ms: Math.min(...sent), gapMs }];
    }),
  );
}

/** Requests sent from 1 s before each change to 3 s after it; windows of neighbours may overlap. */
export function windowsOf(
  changes: readonly WeightChange[],
  replies: readonly ReplySeen[],
): readonly Window[] {
  return changes.map((change) => {
    const inside = replies.filter(
      (reply) =>
        isOf(reply, change) && reply.sentAt >= change.at - BEFORE_MS && reply.sentAt < change.at + AFTER_MS,
    );
    return {
      from: change.before[change.candidate] ?? 0,
      to: change.after[change.candidate] ?? 0,
      requests: inside.length,
      failed: inside.filter(failed).length,
    };
  });
}

interface OfService {
  readonly service: string;
  readonly namespace: string;
}

function isOf(one: OfService, other: OfService): boolean {
  return one.service === other.service && one.namespace === other.namespace;
}

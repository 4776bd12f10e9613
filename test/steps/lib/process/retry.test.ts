import { expect, test } from "vitest";
import type { Cluster } from "../../../../steps/lib/ports/cluster.ts";
import { ConflictError, RefusedError, UnavailableError } from "../../../../steps/lib/ports/errors.ts";
import { patient, withRetry } from "../../../../steps/lib/process/retry.ts";
import { createVirtualClock } from "../../../support/virtual-clock.ts";

const away = new UnavailableError("could not get Pod shop/a: no answer");

/** Fails with each of `errors` in turn, then gives "done". */
function failing(...errors: readonly Error[]) {
  const left = [...errors];
  return async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return "done";
  };
}

test("tries again while something is unavailable", async () => {
  const clock = createVirtualClock();
  const told: string[] = [];
  const patience = { clock, forMs: 60_000, everyMs: 5000, on: (error: Error) => told.push(error.message) };
  const start = clock.now();
  expect(await clock.runUntil(withRetry(failing(away, away), patience))).toBe("done");
  expect(clock.now() - start).toBe(10_000);
  expect(told).toEqual([away.message, away.message]);
});

test("gives up with the last error when the time is over", async () => {
  const clock = createVirtualClock();
  const start = clock.now();
  const failed = withRetry(failing(away, away, away), { clock, forMs: 10_000, everyMs: 5000 });
  await expect(clock.runUntil(failed)).rejects.toBe(away);
  expect(clock.now() - start).toBe(10_000);
});

test("does not try again on anything else", async () => {
  const clock = createVirtualClock();
  const conflict = new ConflictError("could not patch");
  await expect(withRetry(failing(conflict), { clock, forMs: 10_000, everyMs: 1 })).rejects.toBe(conflict);
});

test("an aborted signal ends the waiting", async () => {
  const clock = createVirtualClock();
  const controller = new AbortController();
  const failed = withRetry(failing(away), { clock, forMs: 60_000, everyMs: 5000, signal: controller.signal });
  const reason = new Error("ended by SIGTERM");
  controller.abort(reason);
  await expect(clock.runUntil(failed)).rejects.toBe(reason);
});

test("a patient cluster bridges an outage and tells of its begin and end once", async () => {
  const clock = createVirtualClock();
  const lines: string[] = [];
  const log = {
    info: (text: string) => lines.push(text),
    warn: (text: string) => lines.push(text),
    error: () => {},
  };
  const until = clock.now() + 3000;
  const list = async () => {
    if (clock.now() < until) throw away;
    return [];
  };
  const cluster = patient({ list } as unknown as Cluster, { clock, log });
  expect(cluster.lastOutage?.()).toBeUndefined();
  await clock.runUntil(Promise.all([cluster.list("Pod", "shop"), cluster.list("Pod", "shop")]));
  await cluster.list("Pod", "shop");
  expect(lines).toEqual([
    "could not get Pod shop/a: no answer; trying again for up to 1m",
    "the cluster answers again after 3s",
  ]);
  expect(cluster.lastOutage?.()).toEqual({ endedAt: until, lastedMs: 3000 });
});

test("a patient cluster does not take a refusal for an answer while the API server is still starting", async () => {
  const clock = createVirtualClock();
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const refused = new RefusedError("could not get Pod shop/a: forbidden");
  const answers = [away, refused, undefined, refused, undefined];
  const list = async () => {
    const error = answers.shift();
    if (error !== undefined) throw error;
    return [];
  };
  const cluster = patient({ list } as unknown as Cluster, { clock, log });
  await clock.runUntil(cluster.list("Pod", "shop"));
  await clock.runUntil(cluster.list("Pod", "shop"));
  expect(answers).toEqual([]);

  await clock.runUntil(clock.sleep(10_000));
  answers.push(refused);
  await expect(cluster.list("Pod", "shop")).rejects.toBe(refused);
});

test("what fails while the API server is still starting belongs to the same outage", async () => {
  const clock = createVirtualClock();
  const lines: string[] = [];
  const log = { info: (text: string) => lines.push(text), warn: () => {}, error: () => {} };
  let isAway = true;
  const list = async () => {
    if (isAway) throw away;
    return [];
  };
  const cluster = patient({ list } as unknown as Cluster, { clock, log });
  const awayFor = async (ms: number) => {
    isAway = true;
    const answer = cluster.list("Pod", "shop");
    await clock.runFor(ms - 1);
    isAway = false;
    await clock.runUntil(answer);
  };

  await awayFor(20_000);
  await clock.runFor(2000);
  await awayFor(1000);

  expect(cluster.lastOutage?.()).toMatchObject({ endedAt: clock.now(), lastedMs: 23_000 });
  expect(lines).toEqual(["the cluster answers again after 20s", "the cluster answers again after 1s"]);

  await clock.runFor(10_000);
  await awayFor(1000);

  expect(cluster.lastOutage?.()).toMatchObject({ lastedMs: 1000 });
});

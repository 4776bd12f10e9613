import { expect, test } from "vitest";
import { createVirtualClock } from "./virtual-clock.ts";

test("an hour of sleeping takes no time, and the clock shows it", async () => {
  const clock = createVirtualClock(1000);

  await clock.runUntil(clock.sleep(3_600_000));

  expect(clock.now()).toBe(3_601_000);
});

test("two loops take turns by due time, and by who slept first when that is equal", async () => {
  const clock = createVirtualClock(0);
  const seen: string[] = [];
  const loop = async (name: string, everyMs: number, times: number) => {
    for (let turn = 0; turn < times; turn += 1) {
      await clock.sleep(everyMs);
      seen.push(`${name}${clock.now()}`);
    }
  };

  await clock.runUntil(Promise.all([loop("a", 20, 3), loop("b", 30, 2)]));

  expect(seen).toEqual(["a20", "b30", "a40", "b60", "a60"]);
});

test("time stands still while anything can happen without it", async () => {
  const clock = createVirtualClock(0);
  const chain = async () => {
    for (let link = 0; link < 1000; link += 1) await undefined;
    await new Promise((resolve) => setImmediate(resolve));
    return clock.now();
  };
  const later = clock.sleep(5);

  expect(await clock.runUntil(chain())).toBe(0);
  await clock.runUntil(later);
  expect(clock.now()).toBe(5);
});

test("stops at the moment the promise settles and leaves the sleeps of others pending", async () => {
  const clock = createVirtualClock(0);
  let woken = false;
  const other = clock.sleep(50).then(() => {
    woken = true;
  });

  await clock.runUntil(clock.sleep(20));

  expect([clock.now(), clock.pending(), woken]).toEqual([20, 1, false]);
  await clock.runUntil(other);
  expect([clock.now(), clock.pending(), woken]).toEqual([50, 0, true]);
});

test("a promise that rejects is rethrown", async () => {
  const clock = createVirtualClock();
  const failing = clock.sleep(10).then(() => {
    throw new Error("broken");
  });

  await expect(clock.runUntil(failing)).rejects.toThrow("broken");
});

test("an aborted sleep rejects at once with the reason, and takes its timer with it", async () => {
  const clock = createVirtualClock(0);
  const controller = new AbortController();
  const sleeping = clock.sleep(1000, controller.signal);
  const aborted = clock.sleep(10).then(() => controller.abort(new Error("enough")));

  await expect(clock.runUntil(sleeping)).rejects.toThrow("enough");
  await aborted;
  expect([clock.now(), clock.pending()]).toEqual([10, 0]);
  await expect(clock.sleep(1, controller.signal)).rejects.toThrow("enough");
});

test("says so when nothing is left that could settle the promise", async () => {
  const clock = createVirtualClock();

  await expect(clock.runUntil(new Promise(() => undefined))).rejects.toThrow("no timer is left");
});

test("gives up on what polls for ever", async () => {
  const clock = createVirtualClock(0);
  const poll = async () => {
    for (;;) await clock.sleep(2000);
  };

  await expect(clock.runUntil(poll(), 60_000)).rejects.toThrow("60 s of virtual time have passed");
  expect(clock.now()).toBe(60_000);
});

test("runFor wakes what is due by then and stands exactly there", async () => {
  const clock = createVirtualClock(0);
  const seen: number[] = [];
  for (const ms of [5, 10, 11]) void clock.sleep(ms).then(() => seen.push(ms));

  await clock.runFor(10);

  expect([seen, clock.now(), clock.pending()]).toEqual([[5, 10], 10, 1]);
});

test("only one may drive the clock at a time", async () => {
  const clock = createVirtualClock(0);
  const first = clock.runFor(10);

  await expect(clock.runFor(10)).rejects.toThrow("running already");
  await first;
  expect(clock.now()).toBe(10);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { CATCH_UP_MS, createSchedule, dueCount, dueNow, dueTime } from "../../../../steps/lib/load/pacing.ts";

const intervals = fc.double({ min: 1, max: 5000, noNaN: true });
const durations = fc.integer({ min: 1, max: 60_000 });

test("one request every 100 ms: the first at once, the last before the end", () => {
  const schedule = createSchedule(5000, 100, 1000);

  expect(schedule.count).toBe(10);
  expect([4999, 5000, 5099, 5100, 5900, 99_999].map((now) => dueCount(schedule, now))).toEqual([
    0, 1, 1, 2, 10, 10,
  ]);
});

test("a program that slept through 3 s drops what is older than a second", () => {
  const schedule = createSchedule(0, 100, 60_000);

  expect(dueNow(schedule, 10, 4000)).toEqual({ late: 21, send: 10 });
});

test("dueCount agrees with dueTime: request i is among the due exactly when its time has come", () => {
  fc.assert(
    fc.property(
      intervals,
      durations,
      fc.integer({ min: -100, max: 70_000 }),
      (intervalMs, durationMs, offset) => {
        const schedule = createSchedule(1_900_000_000_000, intervalMs, durationMs);
        const now = schedule.start + offset;
        const count = dueCount(schedule, now);

        if (count > 0) expect(dueTime(schedule, count - 1)).toBeLessThanOrEqual(now);
        if (count < schedule.count) expect(dueTime(schedule, count)).toBeGreaterThan(now);
      },
    ),
  );
});

test("at whatever moments one wakes up, every request is sent or dropped exactly once, and never early", () => {
  fc.assert(
    fc.property(
      intervals,
      durations,
      fc.array(fc.integer({ min: 0, max: 4000 }), { maxLength: 30 }),
      (intervalMs, durationMs, pauses) => {
        const schedule = createSchedule(0, intervalMs, durationMs);
        let now = 0;
        let next = 0;
        for (const pause of [...pauses, durationMs]) {
          now += pause;
          const { late, send } = dueNow(schedule, next, now);
          expect(Math.min(late, send)).toBeGreaterThanOrEqual(0);
          expect(send).toBeLessThanOrEqual(CATCH_UP_MS / intervalMs + 1);
          if (late + send > 0) expect(dueTime(schedule, next + late + send - 1)).toBeLessThanOrEqual(now);
          next += late + send;
        }
        expect(next).toBe(schedule.count);
      },
    ),
  );
});

test("a clock that is set back makes no request due twice", () => {
  const schedule = createSchedule(10_000, 100, 10_000);

  expect(dueNow(schedule, 50, 2000)).toEqual({ late: 0, send: 0 });
});

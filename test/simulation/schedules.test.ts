/** A handful of the schedules that `npm run simulate` plays by the thousand, so that every change meets some of them. */
import { expect, test } from "vitest";
import { playSchedule } from "./schedule.ts";

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);

test("under random faults every release ends whole, and the pushes after it are released", {
  timeout: 60_000,
}, async () => {
  for (const seed of SEEDS) {
    const { breaches, story } = await playSchedule(seed);
    expect({ seed, story, breaches }).toEqual({ seed, story, breaches: [] });
  }
});

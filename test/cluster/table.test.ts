/** What `npm run e2e` says at its end, and whether that is a pass. */
import { describe, expect, test } from "vitest";
import { noneFailed, type Played, table, unplayed } from "../e2e/table.ts";

const reply = {
  kind: "reply",
  at: 1,
  sentAt: 0,
  namespace: "shop",
  service: "web",
  from: "version",
} as const;

function played(scenario: string, passed: boolean): Played {
  const record = { scenario, passed, seconds: 65, violations: [], failures: [] };
  return {
    kind: "played",
    result: {
      record: { ...record, steps: [], objects: [], experiments: [] },
      steps: [],
      sightings: [
        { ...reply, deployment: "web-v1", status: 200 },
        { ...reply, deployment: undefined, status: 503 },
      ],
    },
  };
}

const calm = played("calm", true);
const wild: Played = { kind: "skipped", scenario: "wild", why: "only the sandbox can do api" };
const lost: Played = { kind: "broken", scenario: "lost", why: "tkn bundle push: exit code 1\nno registry" };

test("the table has a line for each scenario, and says how many passed", () => {
  expect(table([calm, wild, lost])).toEqual([
    "SCENARIO   OUTCOME                                TIME   REQUESTS   LOST   VIOLATIONS",
    "calm       passed                                 1m5s   2          1      0",
    "wild       skipped: only the sandbox can do api",
    "lost       failed: tkn bundle push: exit code 1",
    "",
    "1 passed, 1 failed",
  ]);
});

describe("a suite", () => {
  test("has failed when a scenario has, or could not be played to its end", () => {
    expect(noneFailed([calm, wild])).toBe(true);
    expect(noneFailed([calm, played("rough", false)])).toBe(false);
    expect(noneFailed([calm, lost])).toBe(false);
  });

  test("passes with what only the sandbox can do skipped, unless that was asked for by name", () => {
    expect(unplayed([calm, wild], false)).toBeUndefined();
    expect(unplayed([calm, wild], true)).toBe("Not passed, for it was not played: wild.");
    expect(unplayed([calm, lost], true)).toBeUndefined();
  });

  test("does not pass by playing nothing", () => {
    expect(unplayed([wild], false)).toBe("Not passed, for it was not played: wild.");
  });
});

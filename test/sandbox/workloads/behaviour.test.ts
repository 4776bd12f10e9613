import { describe, expect, test } from "vitest";
import { conductAt, environmentOf } from "../../../sandbox/workloads/behaviour.ts";

describe("the demo app's environment", () => {
  test("is empty for an image that does nothing special", () => {
    expect(environmentOf({})).toEqual({});
  });

  test("says everything that an image does, first and later", () => {
    expect(
      environmentOf({
        latency: { p50: 20, p99: 80 },
        errors: 1.5,
        "ready-after": 3000,
        overload: { above: 50, errors: 30 },
        // biome-ignore lint/suspicious/noThenProperty: the scenario's word
        then: { after: 5000, hang: true, latency: { p50: 1000, p99: 1000 } },
      }),
    ).toEqual({
      LATENCY: "20ms",
      LATENCY_P99: "80ms",
      ERRORS: "1.5",
      READY_AFTER: "3000ms",
      OVERLOAD_ABOVE: "50",
      OVERLOAD_ERRORS: "30",
      THEN_AFTER: "5000ms",
      THEN_HANG: "true",
      THEN_LATENCY: "1000ms",
      THEN_LATENCY_P99: "1000ms",
    });
  });

  test("refuses a change of what is over when a container runs", () => {
    // biome-ignore lint/suspicious/noThenProperty: the scenario's word
    expect(() => environmentOf({ then: { after: 1, pull: false } })).toThrow(
      "cannot set ready-after or pull",
    );
  });
});

test("what changes later leaves the rest as it was", () => {
  const behaviour = {
    latency: { p50: 1, p99: 2 },
    errors: 1,
    // biome-ignore lint/suspicious/noThenProperty: the scenario's word
    then: { after: 100, errors: 50, hang: undefined },
  };
  expect(conductAt(behaviour, 99)).toMatchObject({ errors: 1 });
  expect(conductAt(behaviour, 100)).toEqual({ latency: { p50: 1, p99: 2 }, errors: 50 });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluate } from "../../../sandbox/prometheus/promql.ts";
import { createSamples } from "../../../sandbox/prometheus/samples.ts";
import { expectKind } from "../../../sandbox/prometheus/value.ts";

const START = 1_900_000_000_000;

/** The increase of the whole history of counters, given by what each adds from scrape to scrape. */
function increaseOf(
  counters: readonly { start: number; steps: readonly number[] }[],
  everyMs: number,
): number {
  const samples = createSamples();
  let end = START;
  for (const [pod, { start, steps }] of counters.entries()) {
    let value = start;
    let time = START;
    for (const step of [0, ...steps]) {
      value += step;
      samples.append({ __name__: "requests_total", pod: String(pod) }, time, value);
      time += everyMs;
    }
    end = Math.max(end, time - everyMs);
  }
  const windowMs = end - START + 1;
  const result = evaluate(`sum(increase(requests_total[${windowMs}ms]))`, samples, end);
  return expectKind("vector", result, "test").samples[0]?.value ?? 0;
}

const everyMs = fc.integer({ min: 10, max: 60_000 });
const steps = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 2, maxLength: 40 });

describe("increase", () => {
  it("of regularly scraped counters is what they truly added, when the window holds all scrapes", () => {
    fc.assert(
      fc.property(
        everyMs,
        fc.integer({ min: 2, max: 30 }).chain((length) =>
          fc.array(
            fc.record({
              start: fc.integer({ min: 0, max: 1e6 }),
              steps: fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: length, maxLength: length }),
            }),
            { minLength: 1, maxLength: 5 },
          ),
        ),
        (interval, counters) => {
          const truth = counters.flatMap((counter) => counter.steps).reduce((sum, step) => sum + step, 0);
          // The window reaches one millisecond beyond the first scrape, and no counter is extended by more than that.
          expect(increaseOf(counters, interval)).toBeGreaterThanOrEqual(truth - 1e-6);
          expect(increaseOf(counters, interval)).toBeLessThanOrEqual(truth * (1 + 1 / (2 * interval)) + 1e-6);
        },
      ),
    );
  });

  it("of a steady counter is its rate times the window, wherever the window lies", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 50 }),
        fc.integer({ min: 0, max: 999 }),
        fc.integer({ min: 1, max: 100 }),
        (scrapes, phase, step) => {
          const samples = createSamples();
          for (let index = 0; index <= scrapes + 1; index += 1)
            samples.append({ __name__: "m" }, START + index * 1000, 1e6 + index * step);
          const at = START + scrapes * 1000 + phase;
          const result = evaluate(`increase(m[${scrapes * 1000}ms])`, samples, at);
          expect(expectKind("vector", result, "test").samples[0]?.value).toBeCloseTo(scrapes * step, 6);
        },
      ),
    );
  });

  it("loses nothing but the restart itself when a counter begins again at zero", () => {
    fc.assert(
      fc.property(everyMs, steps, steps, (interval, before, after) => {
        const dropped = -before.reduce((sum, step) => sum + step, 0);
        const counted = [...before, ...after].reduce((sum, step) => sum + step, 0);
        const increase = increaseOf([{ start: 0, steps: [...before, dropped, ...after] }], interval);
        expect(increase).toBeGreaterThanOrEqual(counted - 1e-6);
        expect(increase).toBeLessThanOrEqual(counted * (1 + 1 / (2 * interval)) + 1e-6);
      }),
    );
  });
});

/** The counts that the benchmarks draw have the distributions that they say. Seeded: the same numbers every time. */
import { describe, expect, test } from "vitest";
import { createRandom } from "../../bench/detection/random.ts";
import { binomial, geometric, logFactorial, poisson } from "../../bench/detection/samplers.ts";

const DRAWS = 40_000;

/** Mean and variance of what is drawn, in standard errors away from what they should be. */
function deviations(draw: () => number, mean: number, variance: number, fourth: number) {
  const values = Array.from({ length: DRAWS }, draw);
  const found = values.reduce((sum, value) => sum + value, 0) / DRAWS;
  const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS;
  return [
    Math.abs(found - mean) / Math.sqrt(variance / DRAWS),
    Math.abs(spread - variance) / Math.sqrt((fourth - variance ** 2) / DRAWS),
  ];
}

describe("the generator", () => {
  test("gives the same numbers for a seed, others for another, evenly from 0 to 1", () => {
    const [first, again, other] = [createRandom(1, 2), createRandom(1, 2), createRandom(2, 1)];
    const drawn = Array.from({ length: 1000 }, () => first());

    expect(Array.from({ length: 1000 }, () => again())).toEqual(drawn);
    expect(drawn.filter((value) => value === other())).toEqual([]);
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(deviations(createRandom(5), 0.5, 1 / 12, 1 / 80).every((away) => away < 4)).toBe(true);
  });
});

describe("poisson", () => {
  test.each([0.01, 0.8, 9.9, 10.1, 80, 2500])("has mean and variance %d", (mean) => {
    const random = createRandom(1);

    for (const away of deviations(() => poisson(random, mean), mean, mean, mean + 3 * mean ** 2)) {
      expect(away).toBeLessThan(4);
    }
  });

  test("draws each count as often as its probability, on both sides of the change of method", () => {
    for (const mean of [9.5, 10.5]) {
      const random = createRandom(3);
      const seen = new Map<number, number>();
      for (let draw = 0; draw < DRAWS; draw += 1) {
        const count = poisson(random, mean);
        seen.set(count, (seen.get(count) ?? 0) + 1);
      }
      for (let count = 3; count <= 20; count += 1) {
        const expected = DRAWS * Math.exp(count * Math.log(mean) - mean - logFactorial(count));
        expect(Math.abs((seen.get(count) ?? 0) - expected) / Math.sqrt(expected)).toBeLessThan(4);
      }
    }
  });
});

describe("binomial", () => {
  test.each([
    [1, 0.3],
    [50, 0.01],
    [500, 0.02],
    [2500, 0.0044],
    [2500, 0.4],
    [1000, 0.97],
    [5000, 0.9999],
  ])("of %d trials with %d has their mean and variance", (trials, probability) => {
    const random = createRandom(2);
    const variance = trials * probability * (1 - probability);
    const fourth = variance * (1 + (3 * trials - 6) * probability * (1 - probability));

    for (const away of deviations(
      () => binomial(random, trials, probability),
      trials * probability,
      variance,
      fourth,
    )) {
      expect(away).toBeLessThan(4);
    }
  });

  test("is certain where the probability is 0 or 1, and never more than the trials", () => {
    const random = createRandom(4);

    expect([binomial(random, 7, 0), binomial(random, 7, 1), binomial(random, 0, 0.5)]).toEqual([0, 7, 0]);
    expect(Array.from({ length: 1000 }, () => binomial(random, 30, 0.95)).every((count) => count <= 30)).toBe(
      true,
    );
  });
});

test("bursts have at least one request, and their mean", () => {
  const random = createRandom(6);
  const sizes = Array.from({ length: DRAWS }, () => geometric(random, 10));

  expect(Math.min(...sizes)).toBe(1);
  expect(sizes.reduce((sum, size) => sum + size, 0) / DRAWS).toBeCloseTo(10, 0);
  expect(geometric(random, 1)).toBe(1);
});

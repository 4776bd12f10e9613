import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { neededFrom, noCounters, pollsUntil } from "../../../../steps/lib/metrics/counters.ts";
import type {
  CountedPoll,
  MetricSeries,
  Observed,
  VersionSeries,
} from "../../../../steps/lib/metrics/growth.ts";
import type { Series } from "../../../../steps/lib/ports/metrics.ts";
import { EDGES, END, GRID, play, proxies } from "./scraped-proxies.ts";

const count = (observed: Observed) => pollsUntil(GRID, noCounters, observed, END).polls;

function mapSeries(observed: Observed, change: (all: readonly Series[]) => readonly Series[]): Observed {
  const metric = (one: MetricSeries): MetricSeries =>
    one.kind === "buckets"
      ? { ...one, buckets: change(one.buckets) }
      : { ...one, requests: change(one.requests), bad: change(one.bad) };
  const version = (one: VersionSeries): VersionSeries =>
    Object.fromEntries(Object.entries(one).map(([name, each]) => [name, metric(each)]));
  return { baseline: version(observed.baseline), candidate: version(observed.candidate) };
}

/** What a query for the samples in (after, until] finds, in another order each time. */
const asked = (observed: Observed, after: number, until: number) =>
  mapSeries(observed, (all) =>
    all
      .map(({ labels, samples }) => ({
        labels,
        samples: samples.filter(({ time }) => time > after && time <= until),
      }))
      .filter(({ samples }) => samples.length > 0)
      .reverse(),
  );

describe("polls of proxies that restart, come, go, and are scraped irregularly", () => {
  it("count exactly the requests that their scrapes are the first to show", () => {
    fc.assert(
      fc.property(proxies, (all) => {
        const { observed, truth } = play(all);
        const polls = count(observed);
        const found = polls.map((poll) => {
          const of = ({ errors, latency }: CountedPoll["baseline"]) => ({
            total: errors?.kind === "ratio" ? errors.requests : undefined,
            bad: errors?.kind === "ratio" ? errors.bad : undefined,
            upTo: latency?.kind === "buckets" ? EDGES.map((edge) => latency.upTo.get(edge) ?? 0) : undefined,
          });
          return { baseline: of(poll.baseline), candidate: of(poll.candidate) };
        });
        expect(found).toEqual(truth.shown);
      }),
      { numRuns: 120 },
    );
  });

  it("never count more than was served, nor more errors than requests", () => {
    fc.assert(
      fc.property(proxies, (all) => {
        const { observed, truth } = play(all);
        let total = 0;
        for (const { baseline, candidate } of count(observed)) {
          for (const { errors } of [baseline, candidate]) {
            if (errors?.kind !== "ratio") continue;
            expect(errors.bad).toBeLessThanOrEqual(errors.requests);
            expect(errors.bad).toBeGreaterThanOrEqual(0);
            total += errors.requests;
          }
        }
        expect(total).toBeLessThanOrEqual(truth.served);
      }),
    );
  });

  it("are the same to the last digit, however often they were asked for on the way", () => {
    const scale = fc.constantFrom(1, 0.1);
    const looks = fc.array(fc.integer({ min: GRID.start - 500, max: END }), { maxLength: 12 });
    const again = fc.integer({ min: 0, max: 3000 });
    fc.assert(
      fc.property(proxies, looks, again, scale, (all, times, overlapMs, factor) => {
        const { observed } = play(all);
        const scaled = mapSeries(observed, (many) =>
          many.map(({ labels, samples }) => ({
            labels,
            samples: samples.map(({ time, value }) => ({ time, value: value * factor })),
          })),
        );
        let state = noCounters;
        const polls: CountedPoll[] = [];
        for (const until of [...times.sort((a, b) => a - b), END]) {
          const seen = asked(scaled, neededFrom(GRID, state) - overlapMs, until);
          const next = pollsUntil(GRID, state, seen, until);
          polls.push(...next.polls);
          state = next.state;
        }
        const atOnce = pollsUntil(GRID, noCounters, scaled, END);
        expect(polls).toEqual(atOnce.polls);
        expect(state).toEqual(atOnce.state);
      }),
      { numRuns: 120 },
    );
  });

  it("cover the time from the scrape that they are counted from, and follow each other without a gap", () => {
    fc.assert(
      fc.property(proxies, (all) => {
        const polls = count(play(all).observed);
        expect(polls.map(({ index }) => index)).toEqual([...polls.keys()]);
        for (const { index, from, to, since } of polls) {
          expect([from, to]).toEqual([GRID.start + index * 1000, GRID.start + (index + 1) * 1000]);
          expect(since).toBeLessThanOrEqual(from);
        }
      }),
    );
  });
});

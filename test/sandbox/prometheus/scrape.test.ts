import { describe, expect, it } from "vitest";
import { createLocalMetrics } from "../../../sandbox/prometheus/local-metrics.ts";
import { createSamples } from "../../../sandbox/prometheus/samples.ts";
import { startScraper } from "../../../sandbox/prometheus/scrape.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

/** A scraper in virtual time over targets that a test changes as it goes. */
function setUp(pages: Record<string, string | Error>) {
  const clock = createVirtualClock();
  const samples = createSamples();
  const metrics = createLocalMetrics(samples);
  const started = clock.now();
  const scraper = startScraper({
    targets: () => Object.keys(pages),
    everyMs: 1000,
    samples,
    clock,
    job: "mesh",
    fetchText: async (url) => {
      const page = pages[url];
      if (typeof page !== "string") throw page ?? new Error("gone");
      return page;
    },
  });
  const ask = async (query: string) =>
    (await metrics.instant(query, clock.now())).map(({ labels, value }) => [labels, value]);
  return { pages, clock, scraper, metrics, started, ask };
}

const A = "http://10.0.0.1:9000/metrics";
const instance = "10.0.0.1:9000";

describe("the scraper", () => {
  it("stores every series with job, instance and up, at each tick of its grid", async () => {
    const { clock, scraper, metrics, started, ask } = setUp({ [A]: 'hits{code="200"} 7\n' });
    await clock.runFor(2500);
    expect(await ask("hits")).toEqual([[{ __name__: "hits", code: "200", job: "mesh", instance }, 7]]);
    expect(await ask("up")).toEqual([[{ __name__: "up", job: "mesh", instance }, 1]]);
    const [series] = await metrics.range("hits[10s]", clock.now());
    expect(series?.samples.map(({ time }) => time - started)).toEqual([0, 1000, 2000]);
    await scraper.close();
  });

  it("makes room for labels that the target uses too", async () => {
    const { clock, scraper, ask } = setUp({ [A]: 'hits{job="own",instance="me"} 1\n' });
    await clock.runFor(0);
    expect(await ask("hits")).toEqual([
      [{ __name__: "hits", job: "mesh", instance, exported_job: "own", exported_instance: "me" }, 1],
    ]);
    await scraper.close();
  });

  it("marks a target stale when its scrape fails, up being 0, until it answers again", async () => {
    const { pages, clock, scraper, ask } = setUp({ [A]: "hits 7\n" });
    await clock.runFor(500);
    pages[A] = new Error("connection refused");
    await clock.runFor(1000);
    expect(await ask("hits")).toEqual([]);
    expect(await ask("sum(up)")).toEqual([[{}, 0]]);
    pages[A] = "hits 8\n";
    await clock.runFor(1000);
    expect(await ask("sum(hits)")).toEqual([[{}, 8]]);
    await scraper.close();
  });

  it.each([
    ["that is not in the text format", "<html>"],
    ["that lacks the series", "other 1\n"],
  ])("marks a series stale after a page %s", async (_, page) => {
    const { pages, clock, scraper, ask } = setUp({ [A]: "hits 7\n" });
    await clock.runFor(500);
    pages[A] = page;
    await clock.runFor(1000);
    expect(await ask("hits")).toEqual([]);
    await scraper.close();
  });

  it("marks everything of a target stale that is no target any more", async () => {
    const { pages, clock, scraper, ask } = setUp({ [A]: "hits 7\n" });
    await clock.runFor(500);
    delete pages[A];
    await clock.runFor(1000);
    expect(await ask('{__name__=~".+"}')).toEqual([]);
    await scraper.close();
  });

  it("leaves the last values standing while it is paused", async () => {
    const { pages, clock, scraper, ask } = setUp({ [A]: "hits 7\n" });
    await clock.runFor(500);
    scraper.pause();
    pages[A] = "hits 8\n";
    await clock.runFor(60_000);
    expect(await ask("sum(hits)")).toEqual([[{}, 7]]);
    scraper.resume();
    await clock.runFor(1000);
    expect(await ask("sum(hits)")).toEqual([[{}, 8]]);
    await scraper.close();
  });

  it("tells when the next scrape is stored", async () => {
    const { clock, scraper, ask, pages } = setUp({ [A]: "hits 7\n" });
    await clock.runFor(500);
    pages[A] = "hits 8\n";
    await clock.runUntil(scraper.scraped());
    expect(await ask("sum(hits)")).toEqual([[{}, 8]]);
    await scraper.close();
  });
});

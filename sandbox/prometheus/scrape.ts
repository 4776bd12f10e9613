/** Reads the targets' metrics on a fixed time grid into the sample store, with what Prometheus adds: job, instance, up. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { Sample } from "../../steps/lib/ports/metrics.ts";
import type { Labels } from "./matcher.ts";
import { labelKey, type Samples } from "./samples.ts";
import { parseTextFormat } from "./text-format.ts";

export interface ScrapeOptions {
  /** The URLs to scrape, asked anew at every tick. One that disappears goes stale at once. */
  readonly targets: () => readonly string[];
  readonly everyMs: number;
  readonly samples: Samples;
  readonly clock: Clock;
  /** The `job` label of every series. */
  readonly job?: string;
  /** The text at `url`; throws when there is none. */
  readonly fetchText?: (url: string, signal: AbortSignal) => Promise<string>;
}

export interface Scraper {
  /** Nothing is scraped and nothing goes stale until `resume`. */
  pause(): void;
  resume(): void;
  /** Resolves when the next scrape that begins after this call has been stored. */
  scraped(): Promise<void>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 5000;

/** Starts at once. A tick passes over a target whose last scrape has not ended. */
export function startScraper(options: ScrapeOptions): Scraper {
  const { targets, everyMs, samples, clock, job = "envoy-stats", fetchText = fetchOverHttp } = options;
  const stopping = new AbortController();
  const busy = new Map<string, Promise<void>>();
  const known = new Map<string, ReadonlyMap<string, Labels>>();
  let paused = false;
  let waiting: (() => void)[] = [];

  /** Stores what one scrape found; series of the last one that are missing now go stale. */
  function record(url: string, time: number, found: readonly Sample[]): void {
    const series = new Map<string, Labels>();
    for (const { labels, value } of found) {
      samples.append(labels, time, value);
      series.set(labelKey(labels), labels);
    }
    for (const [key, labels] of known.get(url) ?? []) if (!series.has(key)) samples.markStale(labels, time);
    if (series.size === 0) known.delete(url);
    else known.set(url, series);
  }

  async function scrape(url: string, time: number): Promise<void> {
    const target = { job, instance: new URL(url).host };
    let found: readonly Sample[] = [];
    let up = 0;
    try {
      const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      found = parseTextFormat(await fetchText(url, signal));
      up = 1;
    } catch {
      // A failed scrape is an empty one: what was known goes stale.
    }
    if (stopping.signal.aborted) return;
    const scraped = found.map(({ labels, value }) => ({ labels: { ...exported(labels), ...target }, value }));
    record(url, time, [...scraped, { labels: { __name__: "up", ...target }, value: up }]);
  }

  function tick(): Promise<unknown> {
    const time = clock.now();
    const wanted = new Set(targets());
    for (const url of known.keys()) if (!wanted.has(url) && !busy.has(url)) record(url, time, []);
    for (const url of wanted) {
      if (busy.has(url)) continue;
      busy.set(
        url,
        scrape(url, time).finally(() => busy.delete(url)),
      );
    }
    return Promise.all(busy.values());
  }

  async function run(): Promise<void> {
    for (let next = clock.now(); !stopping.signal.aborted; next = nextOnGrid(next, everyMs, clock.now())) {
      await clock.sleep(Math.max(0, next - clock.now()), stopping.signal);
      if (paused) continue;
      const told = waiting;
      waiting = [];
      void tick().then(() => {
        for (const tell of told) tell();
      });
    }
  }

  const running = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });

  return {
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
    },
    scraped: () => new Promise((resolve) => waiting.push(resolve)),
    async close() {
      stopping.abort();
      await running;
      await Promise.all(busy.values());
    },
  };
}

/** The first time of the grid that is after both `last` and `now`. */
function nextOnGrid(last: number, everyMs: number, now: number): number {
  return last + everyMs * Math.max(1, Math.ceil((now - last) / everyMs));
}

/** A target's own `job` and `instance` make room for ours. */
function exported({ job, instance, ...labels }: Labels): Labels {
  return {
    ...labels,
    ...(job === undefined ? {} : { exported_job: job }),
    ...(instance === undefined ? {} : { exported_instance: instance }),
  };
}

async function fetchOverHttp(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return text;
}

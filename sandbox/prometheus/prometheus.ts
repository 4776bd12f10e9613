/** The sandbox's Prometheus: sample store, scraper and query endpoint as one, with the faults that scenarios ask for. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import { createSamples, type Samples } from "./samples.ts";
import { type Scraper, startScraper } from "./scrape.ts";
import { type QueryAuth, startQueryServer } from "./server.ts";

export interface Prometheus {
  readonly url: string;
  readonly samples: Samples;
  readonly scraper: Scraper;
  /**
   * `down`: as a dead process, it neither answers nor scrapes, and keeps what it has; `stale`: it answers, but nothing is
   * scraped any more; `up`: all is well.
   */
  metrics(state: "down" | "up" | "stale"): void;
  close(): Promise<void>;
}

/** Scrapes `targets` every `everyMs` (four times a second unless told) and answers queries over what it found. */
export async function startPrometheus(options: {
  readonly targets: () => readonly string[];
  readonly clock: Clock;
  readonly everyMs?: number;
  readonly auth?: QueryAuth;
}): Promise<Prometheus> {
  const { targets, clock, everyMs = 250, auth } = options;
  const samples = createSamples();
  const server = await startQueryServer({ samples, clock, ...(auth === undefined ? {} : { auth }) });
  const scraper = startScraper({ targets, everyMs, samples, clock });
  return {
    url: server.url,
    samples,
    scraper,
    metrics(state) {
      server.answering(state !== "down");
      if (state === "up") scraper.resume();
      else scraper.pause();
    },
    async close() {
      await scraper.close();
      await server.close();
    },
  };
}

/** Proxies that count requests, are restarted, replaced and scraped irregularly, and what a perfect reader would know. */
import fc from "fast-check";
import type { Grid, Observed } from "../../../../steps/lib/metrics/growth.ts";
import type { Series } from "../../../../steps/lib/ports/metrics.ts";

export const EDGES = [50, 100, 500];

/** Requests of one kind that a proxy counts at once. */
interface Batch {
  readonly version: "baseline" | "candidate";
  readonly code: "200" | "404" | "500";
  /** Index into EDGES; beyond the last one where there is none. */
  readonly bucket: number;
  readonly requests: number;
}

/** The time before one scrape: requests, perhaps a restart, requests, and perhaps the scrape. */
interface Slot {
  readonly before: readonly Batch[];
  readonly restart: boolean;
  readonly after: readonly Batch[];
  readonly missed: boolean;
  /** Share of the interval by which the scrape is early or late. */
  readonly jitter: number;
}

interface Proxy {
  readonly slots: readonly Slot[];
  /** The slot in which it is there first. */
  readonly born: number;
  /** Share of the interval by which its scrapes follow the polls' ends. */
  readonly phase: number;
}

/** Slots before the start; then come POLLS ones, and one that nobody gets to see. */
const BEFORE = 4;
const POLLS = 10;
export const GRID: Grid = { start: 1_000_000, intervalMs: 1000 };
export const END = GRID.start + POLLS * GRID.intervalMs;

const batches = fc.array(
  fc.record({
    version: fc.constantFrom("baseline", "candidate"),
    code: fc.constantFrom("200", "200", "404", "500"),
    bucket: fc.nat(EDGES.length),
    requests: fc.integer({ min: 1, max: 40 }),
  }),
  { maxLength: 3 },
);
const rarely = fc.nat(5).map((n) => n === 0);
const slot: fc.Arbitrary<Slot> = fc.record({
  before: batches,
  restart: rarely,
  after: batches,
  missed: rarely,
  jitter: fc.double({ min: -0.2, max: 0.2, noNaN: true }),
});
const proxy: fc.Arbitrary<Proxy> = fc.record({
  slots: fc.array(slot, { minLength: 1, maxLength: BEFORE + POLLS + 1 }),
  born: fc.oneof(fc.constant(0), fc.nat(BEFORE + POLLS)),
  phase: fc.double({ min: 0.21, max: 0.79, noNaN: true }),
});
export const proxies = fc.array(proxy, { minLength: 1, maxLength: 4 });

interface Counter {
  readonly version: Batch["version"];
  readonly labels: Series["labels"];
  /** By edge, the last one being infinity. */
  values: number[];
  /** What of the values is not in a poll yet. */
  unshown: number[];
  /** The last scrape that had it. */
  scraped: { readonly values: readonly number[]; readonly incarnation: number } | undefined;
  readonly samples: { readonly time: number; readonly values: readonly number[] }[];
}

export interface Truth {
  /** Per poll: requests of each kind that the scrapes in it are the first to show. */
  readonly shown: readonly Readonly<
    Record<Batch["version"], Readonly<{ total: number; bad: number; upTo: readonly number[] }>>
  >[];
  /** All that the proxies counted from the first scrape on, shown or not. */
  readonly served: number;
}

/** What Prometheus has of the proxies, and what it means. */
export function play(all: readonly Proxy[]): { readonly observed: Observed; readonly truth: Truth } {
  const empty = () => ({ total: 0, bad: 0, upTo: EDGES.map(() => 0) });
  const shown = Array.from({ length: POLLS }, () => ({ baseline: empty(), candidate: empty() }));
  const counters: Counter[] = [];
  let served = 0;
  for (const [index, { slots, born, phase }] of all.entries()) {
    const own = new Map<string, Counter>();
    let incarnation = 0;
    let known = false;
    const serve = (batch: Batch, slotIndex: number) => {
      // The route gives the candidate nothing before the start.
      if (batch.version === "candidate" && slotIndex <= BEFORE) return;
      const key = `${batch.version} ${batch.code}`;
      const counter = own.get(key) ?? newCounter(batch, `proxy-${index}`);
      own.set(key, counter);
      served += batch.requests;
      for (const values of [counter.values, counter.unshown]) {
        for (let edge = batch.bucket; edge <= EDGES.length; edge += 1)
          values[edge] = (values[edge] ?? 0) + batch.requests;
      }
    };
    for (const [offset, { before, restart, after, missed, jitter }] of slots.entries()) {
      const at = born + offset;
      for (const batch of before) serve(batch, at);
      if (restart) {
        incarnation += 1;
        for (const counter of own.values()) {
          counter.values = zeros();
          counter.unshown = zeros();
        }
      }
      for (const batch of after) serve(batch, at);
      if (missed) continue;
      const time = Math.round(GRID.start + (at - BEFORE + phase + jitter) * GRID.intervalMs);
      const exported = [...own.values()].filter(({ values }) => (values.at(-1) ?? 0) > 0);
      for (const counter of exported) {
        const poll = shown[Math.ceil((time - GRID.start) / GRID.intervalMs) - 1];
        if (
          poll !== undefined &&
          (known || counter.scraped !== undefined || exported.every(({ version }) => version === "candidate"))
        ) {
          show(poll[counter.version], counter, incarnation);
        }
        counter.samples.push({ time, values: [...counter.values] });
        counter.scraped = { values: [...counter.values], incarnation };
        counter.unshown = zeros();
      }
      known ||= exported.length > 0;
    }
    counters.push(...own.values());
  }
  const of = (version: Batch["version"]) => versionSeries(counters.filter((one) => one.version === version));
  return { observed: { baseline: of("baseline"), candidate: of("candidate") }, truth: { shown, served } };
}

function zeros(): number[] {
  return [...EDGES, Number.POSITIVE_INFINITY].map(() => 0);
}

function newCounter({ version, code }: Batch, instance: string): Counter {
  const labels = { job: "mesh", instance, code, version };
  return { version, labels, values: zeros(), unshown: zeros(), scraped: undefined, samples: [] };
}

type Shown = { total: number; bad: number; upTo: number[] };

/** A restart after which nothing is lower than before cannot be seen: then the old values are missing from the growth. */
function show(into: Shown, { labels, values, unshown, scraped }: Counter, incarnation: number): void {
  const restarted = scraped !== undefined && scraped.incarnation !== incarnation;
  const hidden = (edges: readonly number[]) =>
    restarted && edges.every((edge) => (values[edge] ?? 0) >= (scraped.values[edge] ?? 0));
  const grown = (edge: number, edges: readonly number[]) =>
    (unshown[edge] ?? 0) - (hidden(edges) ? (scraped?.values[edge] ?? 0) : 0);
  const last = EDGES.length;
  const requests = grown(last, [last]);
  into.total += requests;
  if (labels["code"] === "500") into.bad += requests;
  const all = values.map((_, edge) => edge);
  for (const edge of EDGES.keys()) into.upTo[edge] = (into.upTo[edge] ?? 0) + grown(edge, all);
}

function versionSeries(counters: readonly Counter[]) {
  const plain = (wanted: readonly Counter[]): readonly Series[] =>
    wanted.map(({ labels, samples }) => ({
      labels,
      samples: samples.map(({ time, values }) => ({ time, value: values.at(-1) ?? 0 })),
    }));
  const buckets = counters.flatMap(({ labels, samples }) =>
    [...EDGES, "+Inf"].map((le, edge) => ({
      labels: { ...labels, le: String(le) },
      samples: samples.map(({ time, values }) => ({ time, value: values[edge] ?? 0 })),
    })),
  );
  return {
    errors: {
      kind: "ratio",
      requests: plain(counters),
      bad: plain(counters.filter(({ labels }) => labels["code"] === "500")),
    },
    latency: { kind: "buckets", buckets },
  } as const;
}

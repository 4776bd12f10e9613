/** Query templates as Iter8 writes them: PromQL with `$interval`, `$offset_str` and `$entity_labels`. */
import type { CounterSelectors } from "./counter-selectors.ts";
import { fillPlaceholders, unknownAmong } from "./placeholders.ts";

export interface MetricDefinition {
  readonly name: string;
  readonly queryTemplate: string;
  /** Gives the number of requests that the value rests on. */
  readonly sampleSizeTemplate: string;
  readonly isCounter: boolean;
  /** The value when the query finds nothing; null: there is no value then. */
  readonly absentValue: number | null;
  /** Raw counters of the same thing; without them only Iter8's strategies can judge the metric. */
  readonly counters?: CounterSelectors;
}

export interface QueryWindow {
  /** Whole seconds, at least 1. */
  readonly intervalS: number;
  /** Whole seconds between the window's end and the time of evaluation. */
  readonly offsetS: number;
}

const KNOWN = ["interval", "offset_str", "entity_labels"];

/** The placeholders of `template` that mean nothing, as written. A `$` of a regular expression is written `$$`. */
export function unknownPlaceholders(template: string): readonly string[] {
  return unknownAmong(template, KNOWN);
}

/** The query for a window, with one sample per combination of `entityLabels`. Throws on an unknown placeholder. */
export function fillTemplate(
  template: string,
  { intervalS, offsetS, entityLabels }: QueryWindow & { readonly entityLabels: readonly string[] },
): string {
  const values: Readonly<Record<string, string>> = {
    interval: `${intervalS}s`,
    offset_str: offsetS > 0 ? ` offset ${offsetS}s` : "",
    entity_labels: entityLabels.join(","),
  };
  return fillPlaceholders(template, values, "query template");
}

/**
 * The window from `start` to `end` as seen at `now` (all ms since the epoch): whole seconds, at least one; an end less
 * than a second ago needs no offset. Throws when it ends before it starts.
 */
export function queryWindow(start: number, end: number, now: number): QueryWindow {
  if (end < start) throw new Error(`a query window must not end (${end}) before it starts (${start})`);
  const seconds = (ms: number) => Math.max(0, Math.floor(ms / 1000));
  return { intervalS: Math.max(1, seconds(end - start)), offsetS: seconds(now - end) };
}

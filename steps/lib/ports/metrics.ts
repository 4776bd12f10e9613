/** One element of an instant vector. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The raw samples of one series, oldest first. `time` is ms since the epoch, as scraped. */
export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly { readonly time: number; readonly value: number }[];
}

/** A Prometheus-compatible store. Both methods throw UnavailableError, RefusedError or InvalidError (bad query). */
export interface Metrics {
  /** Evaluates `query` at `at` (ms since the epoch); the result must be an instant vector. */
  instant(query: string, at: number): Promise<readonly Sample[]>;
  /** Raw samples of a range selector such as `requests_total[1m]`, evaluated at `at`. */
  range(selector: string, at: number): Promise<readonly Series[]>;
}

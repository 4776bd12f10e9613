/** How an image behaves, and the environment that makes the demo app behave so. */

/** All times in ms, all errors in percent of the replies. A scenario's `images` are of this shape. */
export interface Conduct {
  readonly latency?: { readonly p50: number; readonly p99: number } | undefined;
  readonly errors?: number | undefined;
  readonly "ready-after"?: number | undefined;
  readonly crash?: boolean | undefined;
  readonly hang?: boolean | undefined;
  readonly pull?: boolean | undefined;
  readonly overload?: { readonly above: number; readonly errors: number } | undefined;
}

export interface Behaviour extends Conduct {
  /** What changes `after` so long, counted from the container's start; the rest stays. */
  readonly then?: (Conduct & { readonly after: number }) | undefined;
}

/** What holds `elapsed` ms after the container's start. */
export function conductAt({ then, ...first }: Behaviour, elapsed: number): Conduct {
  if (then === undefined || elapsed < then.after) return first;
  const { after: _after, ...changed } = then;
  return {
    ...first,
    ...Object.fromEntries(Object.entries(changed).filter(([, value]) => value !== undefined)),
  };
}

/** The demo app's environment. Throws when `then` sets what can only be so from the start. */
export function environmentOf({ then, ...first }: Behaviour): Readonly<Record<string, string>> {
  if (then?.["ready-after"] !== undefined || then?.pull !== undefined)
    throw new Error("an image's `then` cannot set ready-after or pull: both are over when a container runs");
  return {
    ...variables(first),
    ...(then === undefined ? {} : later(then)),
  };
}

function later(then: Conduct & { readonly after: number }): Readonly<Record<string, string>> {
  const entries = Object.entries({ AFTER: ms(then.after), ...variables(then) });
  return Object.fromEntries(entries.map(([key, value]) => [`THEN_${key}`, value]));
}

function variables(conduct: Conduct): Readonly<Record<string, string>> {
  const { latency, errors, crash, hang, overload } = conduct;
  const readyAfter = conduct["ready-after"];
  return {
    ...(latency && { LATENCY: ms(latency.p50), LATENCY_P99: ms(latency.p99) }),
    ...(errors !== undefined && { ERRORS: String(errors) }),
    ...(readyAfter !== undefined && { READY_AFTER: ms(readyAfter) }),
    ...(crash !== undefined && { CRASH: String(crash) }),
    ...(hang !== undefined && { HANG: String(hang) }),
    ...(overload && { OVERLOAD_ABOVE: String(overload.above), OVERLOAD_ERRORS: String(overload.errors) }),
  };
}

function ms(value: number): string {
  return `${value}ms`;
}

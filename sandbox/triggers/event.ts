/** A webhook as interceptors and bindings see it. */
export interface WebhookEvent {
  /** As it came: signatures are made over this. */
  readonly payload: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** By canonical name (`X-Github-Event`). */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** What interceptors have added. */
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly eventId: string;
}

/** How Go writes a header's name: each word with one capital letter. */
export function canonicalName(header: string): string {
  return header.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** The first value of a header, or the empty string. */
export function headerOf({ headers }: WebhookEvent, name: string): string {
  return headers.get(canonicalName(name))?.[0] ?? "";
}

/** What an interceptor decides. `filtered`: not meant for us. `rejected`: it cannot be trusted or understood. */
export type Decision =
  | { readonly kind: "continue"; readonly extensions: Readonly<Record<string, unknown>> }
  | { readonly kind: "filtered" | "rejected"; readonly why: string };

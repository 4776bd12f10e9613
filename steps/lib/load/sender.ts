/** What load is sent through: one request in, how it ended out. */

export interface Target {
  readonly secure: boolean;
  /** Host name or IP address that is connected to. */
  readonly address: string;
  readonly port: number;
  /** Starts with a slash; may carry a query. */
  readonly path: string;
  /** The Host header; without one it is the address. */
  readonly host?: string;
}

/** Why a request got no answer, in the words of the log. */
export type Failure =
  | "timed out"
  | "connection refused"
  | "connection lost"
  | "unknown host"
  | "TLS failed"
  | "link-local address"
  | "cut off"
  | "failed";

export type Answer = { readonly status: number } | { readonly failure: Failure };

export interface Sender {
  /** Sends one GET; redirects are not followed. Whatever the other side does is an answer, so it never rejects. */
  send(target: Target): Promise<Answer>;
  /** Closes all connections; requests that are still open end as `cut off`. */
  close(): void;
}

/** `http://10.0.0.1:80/demo as demo.example`: where load goes, for a person. */
export function describeTarget({ secure, address, port, path, host }: Target): string {
  const shown = address.includes(":") ? `[${address}]` : address;
  return `${secure ? "https" : "http"}://${shown}:${port}${path}${host === undefined ? "" : ` as ${host}`}`;
}

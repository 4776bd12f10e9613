/** Bearer tokens of service accounts. Each process gets one of its own, so that a call tells which process made it. */
import { randomBytes } from "node:crypto";
import type { ServiceAccount } from "./access.ts";

export interface Caller {
  readonly account: ServiceAccount;
  /** Which process holds the token, in the issuer's words, e.g. the step's name. */
  readonly process: string;
}

export interface Tokens {
  /** A new token for `caller`. */
  issue(caller: Caller): string;
  /** As when the pod that it is bound to is deleted: it is known for as long as its last check is remembered. */
  revoke(token: string): void;
  caller(token: string): Caller | undefined;
}

/** How long the API server does not check a token again that it has found good. */
const REMEMBERED_MS = 10_000;

/** No tokens yet. `now` is in ms. */
export function createTokens(now: () => number): Tokens {
  const good = new Map<string, Caller>();
  const checked = new Map<string, { readonly caller: Caller; readonly at: number }>();
  return {
    issue: (caller) => {
      const token = randomBytes(24).toString("base64url");
      good.set(token, caller);
      return token;
    },
    revoke: (token) => void good.delete(token),
    caller: (token) => {
      const last = checked.get(token);
      if (last !== undefined && now() - last.at < REMEMBERED_MS) return last.caller;
      const caller = good.get(token);
      if (caller !== undefined) checked.set(token, { caller, at: now() });
      return caller;
    },
  };
}

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
  revoke(token: string): void;
  caller(token: string): Caller | undefined;
}

/** No tokens yet. */
export function createTokens(): Tokens {
  const callers = new Map<string, Caller>();
  return {
    issue: (caller) => {
      const token = randomBytes(24).toString("base64url");
      callers.set(token, caller);
      return token;
    },
    revoke: (token) => void callers.delete(token),
    caller: (token) => callers.get(token),
  };
}

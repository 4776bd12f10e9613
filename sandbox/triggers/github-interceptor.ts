/** The `github` interceptor: event types first, then the signature; without a secretRef nothing is verified. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { type Decision, headerOf, type WebhookEvent } from "./event.ts";
import type { GithubParams } from "./manifest.ts";

/** `secret` looks up a key of a Secret; undefined when it is not there. */
export function intercept(
  event: WebhookEvent,
  { eventTypes, secretRef }: GithubParams,
  secret: (name: string, key: string) => Buffer | undefined,
): Decision {
  if (headerOf(event, "Content-Type") === "application/x-www-form-urlencoded")
    return {
      kind: "rejected",
      why: "form parameter encoding not supported, please change the hook to send JSON payloads",
    };
  const type = headerOf(event, "X-GitHub-Event");
  if (eventTypes !== undefined && !eventTypes.includes(type))
    return { kind: "filtered", why: `event type ${type} is not allowed` };
  if (secretRef === undefined) return { kind: "continue", extensions: {} };
  const signature = headerOf(event, "X-Hub-Signature-256");
  if (signature === "") return { kind: "rejected", why: "no X-Hub-Signature-256 header set" };
  const key = secret(secretRef.secretName, secretRef.secretKey);
  if (key === undefined)
    return { kind: "rejected", why: `Secret "${secretRef.secretName}" has no key "${secretRef.secretKey}"` };
  return isSigned(event.payload, signature, key)
    ? { kind: "continue", extensions: {} }
    : { kind: "rejected", why: "payload signature check failed" };
}

function isSigned(payload: string, signature: string, key: Buffer): boolean {
  const expected = Buffer.from(`sha256=${createHmac("sha256", key).update(payload).digest("hex")}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** GitHub's side of a webhook: signs bodies, sends them, and keeps what came of it. */
import { createHmac, randomUUID } from "node:crypto";
import type { Clock } from "../../steps/lib/ports/clock.ts";

export interface Webhook {
  readonly url: string;
  readonly secret: string;
}

export interface Message {
  /** The X-GitHub-Delivery; a new one when it is left out. */
  readonly id?: string;
  /** URL of the only webhook that gets it; every one does when it is left out. */
  readonly to?: string;
  /** The X-GitHub-Event; default `push`. */
  readonly event?: string;
  readonly body: object;
  /** `good` (default): made with the webhook's secret; `bad`: with another one; `none`: no signature at all. */
  readonly signature?: "good" | "bad" | "none";
}

export interface Delivery {
  readonly id: string;
  /** URL of the webhook. */
  readonly to: string;
  readonly event: string;
  readonly body: object;
  /** When it was sent, in ms since the epoch. */
  readonly at: number;
  /** What the listener answered; or why there was no answer. */
  readonly answer: { readonly status: number; readonly text: string } | { readonly failure: string };
}

export interface Sender {
  /** Sends and records; what came of it, once for each webhook. Never throws, since GitHub shrugs too. */
  send(message: Message): Promise<readonly Delivery[]>;
  /** Oldest first. */
  readonly deliveries: readonly Delivery[];
}

/** GitHub waits this long for an answer. */
const TIMEOUT_MS = 10_000;

/** `webhooks` is asked at each message; each of them gets a delivery of its own. */
export function webhookSender(webhooks: () => readonly Webhook[], clock: Clock): Sender {
  const deliveries: Delivery[] = [];
  return {
    deliveries,
    async send({ id, to, event = "push", body, signature = "good" }) {
      const sent: Delivery[] = [];
      for (const webhook of webhooks().filter(({ url }) => to === undefined || to === url)) {
        const [own, at] = [id ?? randomUUID(), clock.now()];
        const answer = await post(webhook, JSON.stringify(body), { id: own, event, signature });
        const delivery = { id: own, to: webhook.url, event, body, at, answer };
        sent.push(delivery);
        deliveries.push(delivery);
      }
      return sent;
    },
  };
}

async function post(
  webhook: Webhook,
  body: string,
  { id, event, signature }: { id: string; event: string; signature: "good" | "bad" | "none" },
): Promise<Delivery["answer"]> {
  const key = signature === "bad" ? `not ${webhook.secret}` : webhook.secret;
  const digest = createHmac("sha256", key).update(body).digest("hex");
  try {
    const response = await fetch(webhook.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/sandbox",
        "x-github-event": event,
        "x-github-delivery": id,
        ...(signature !== "none" && { "x-hub-signature-256": `sha256=${digest}` }),
      },
      body,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { failure: error instanceof Error ? `${error.message}: ${String(error.cause)}` : String(error) };
  }
}

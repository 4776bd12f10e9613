/**
 * The sandbox's GitHub: a bare git repository that real `git push` works on, the push webhook, and the REST API that our
 * client calls. A stand-in: one repository, one token.
 */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import { pushEvent } from "./push-event.ts";
import { createRepository, type Push } from "./repository.ts";
import { type ApiAnswer, restApi } from "./rest-api.ts";
import { commitStatuses, type RecordedStatus } from "./statuses.ts";
import { type Delivery, type Message, type Webhook, webhookSender } from "./webhook.ts";

/** `down`: every API call is answered 503; `wrong-token`: the token has been revoked; `up`: all is well. */
export type ForgeState = "up" | "down" | "wrong-token";

export interface ForgeOptions {
  /** For the repositories; it may exist, without them. */
  readonly folder: string;
  /** owner/name */
  readonly repository: string;
  /** The one that the API accepts. */
  readonly token: string;
  /** Where pushes are announced; asked at each push. */
  readonly webhooks: () => readonly Webhook[];
  readonly clock: Clock;
  /** Address to listen on; 127.0.0.1 unless others must reach it. */
  readonly host?: string;
}

export interface Forge {
  /** Base URL of the REST API. */
  readonly apiUrl: string;
  /** Path of the bare repository. */
  readonly bare: string;
  push(push: Push): Promise<{ readonly revision: string }>;
  /** Sends a webhook that no push caused. */
  send(message: Message): Promise<void>;
  /** Announces the last push again, under the same delivery id. Throws when none was announced. */
  redeliver(): Promise<void>;
  /** What announced the last push, once for each webhook; messages that no push caused are not among them. */
  lastPush(): readonly Delivery[];
  /** Webhooks that were sent, oldest first. */
  readonly deliveries: readonly Delivery[];
  /** Resolves when every push so far has been announced, or could not be. */
  announced(): Promise<void>;
  /** Commit statuses that were posted, oldest first; of one revision, or all. */
  statuses(revision?: string): readonly RecordedStatus[];
  become(state: ForgeState): void;
  stop(): Promise<void>;
}

export async function startForge(options: ForgeOptions): Promise<Forge> {
  const { folder, repository, token, webhooks, clock, host = "127.0.0.1" } = options;
  const sender = webhookSender(webhooks, clock);
  const statuses = commitStatuses(clock);
  const hookPath = `/hooks/${randomUUID()}`;
  let state: ForgeState = "up";
  let announcing: Promise<unknown> = Promise.resolve();
  let lastPush: readonly Delivery[] = [];

  const server = createServer(async (request, response) => {
    const answer = await respond(request).catch(
      (error: unknown): ApiAnswer => ({
        status: 500,
        body: { message: String(error) },
      }),
    );
    response.writeHead(answer.status, { "content-type": "application/json; charset=utf-8" });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const apiUrl = `http://${host}:${port}`;
  const { bare, push } = await createRepository(folder, apiUrl + hookPath);
  const api = restApi({
    bare,
    repository,
    statuses,
    isToken: (each) => each === token && state !== "wrong-token",
  });

  const respond = async (request: IncomingMessage): Promise<ApiAnswer> => {
    const url = new URL(request.url ?? "/", apiUrl);
    const body = await text(request);
    if (url.pathname === hookPath) {
      // Like GitHub: the push is over before its webhook is sent, and one follows the other.
      announcing = announcing.then(() => announce(body));
      return { status: 202, body: {} };
    }
    if (state === "down") return { status: 503, body: { message: "Service unavailable" } };
    return api.answer({
      method: request.method ?? "",
      url,
      authorization: request.headers.authorization,
      body,
    });
  };

  const announce = async (lines: string) => {
    for (const line of lines.trim().split("\n")) {
      const [before = "", after = "", ref = ""] = line.split(" ");
      lastPush = await sender.send({ body: await pushEvent(bare, repository, { before, after, ref }) });
    }
  };

  return {
    apiUrl,
    bare,
    push,
    send: async (message) => void (await sender.send(message)),
    redeliver: async () => {
      if (lastPush.length === 0) throw new Error("there is no delivery to repeat");
      for (const delivery of lastPush) await sender.send(delivery);
    },
    lastPush: () => lastPush,
    deliveries: sender.deliveries,
    announced: async () => {
      await announcing;
    },
    statuses: (revision) =>
      statuses.all.filter((status) => revision === undefined || status.revision === revision),
    become: (next) => {
      state = next;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

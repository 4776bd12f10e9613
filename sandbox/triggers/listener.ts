/** The EventListener of the sandbox: an HTTP server that answers 202 first and looks at the event afterwards. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { isRecord } from "../cluster/json.ts";
import type { Store } from "../cluster/store.ts";
import { canonicalName } from "./event.ts";
import { parseEventListener } from "./manifest.ts";
import { processEvent, type TriggerOutcome } from "./process-event.ts";

export interface ListenerOptions {
  readonly store: Store;
  readonly namespace: string;
  /** Name of the EventListener object, which is read anew for every event. */
  readonly eventListener: string;
  /** Hears what became of each event, once for each trigger. */
  readonly onEvent?: (event: ListenerEvent) => void;
}

export type ListenerEvent = TriggerOutcome & { readonly eventId: string; readonly trigger: string };

export interface Listener {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** Stops listening, once every event that was answered has been looked at. */
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1. Throws when the EventListener is not there or has fields that are not supported. */
export async function startListener(options: ListenerOptions): Promise<Listener> {
  const { store, namespace, eventListener, onEvent = () => {} } = options;
  readListener();
  const pending = new Set<Promise<void>>();

  const server = createServer((request, response) => {
    if (request.url === "/live") {
      response.end();
      return;
    }
    const job = receive(request, response)
      .catch((error: unknown) => fail(response, error))
      .finally(() => pending.delete(job));
    pending.add(job);
  });

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const payload = await text(request);
    const { uid, spec } = readListener();
    const body = parseObject(payload);
    const eventId = randomUUID();
    const more = body === undefined ? { errorMessage: "Invalid event body format" } : { eventID: eventId };
    response.writeHead(body === undefined ? 400 : 202, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ eventListener, namespace, eventListenerUID: uid, ...more }));
    if (body === undefined) return;
    const headers = new Map(
      Object.entries(request.headersDistinct).map(([name, values = []]) => [canonicalName(name), values]),
    );
    for (const trigger of spec.triggers) {
      const serviceAccount = spec.serviceAccountName;
      const context = { store, namespace, eventListener, serviceAccount, uid: randomUUID() };
      for (const outcome of processEvent(
        trigger,
        { payload, body, headers, extensions: {}, eventId },
        context,
      ))
        onEvent({ ...outcome, eventId, trigger: trigger.name });
    }
  }

  function readListener() {
    const object = store.get("EventListener", namespace, eventListener);
    if (object === undefined) throw new Error(`EventListener "${namespace}/${eventListener}" not found`);
    return { uid: object.metadata.uid, spec: parseEventListener(object) };
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      await Promise.all(pending);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

/** The real listener answers 500 when it cannot even read its own object. */
function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) throw error;
  response.writeHead(500).end(error instanceof Error ? error.message : String(error));
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

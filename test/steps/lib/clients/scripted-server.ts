/** A real HTTP server that records what it is asked and answers what the test says. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type Reply =
  | { readonly status?: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  /** Never answers. */
  | "silence"
  /** Closes the connection. */
  | "hang up";

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** Answers the first request with the first reply and so on; the last reply is repeated. */
export async function scriptedServer(...replies: readonly Reply[]): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://server");
    const body = await text(request);
    const { method = "", headers } = request;
    asked.push({ method, path: url.pathname, query: Object.fromEntries(url.searchParams), headers, body });
    answer(response, replies[asked.length - 1] ?? replies.at(-1) ?? {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === "silence") return;
  if (reply === "hang up") {
    response.socket?.destroy();
    return;
  }
  const { status = 200, body = {}, headers = {} } = reply;
  const isText = typeof body === "string";
  response.writeHead(status, { "content-type": isText ? "text/plain" : "application/json", ...headers });
  response.end(isText ? body : JSON.stringify(body));
}

/** A port where nobody listens. */
export async function closedUrl(): Promise<string> {
  const server = await scriptedServer({});
  await server[Symbol.asyncDispose]();
  return server.url;
}

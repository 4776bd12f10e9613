/** Prometheus' HTTP API as far as our client uses it: instant queries, nothing else. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import { evaluate } from "./promql.ts";
import { PromqlError } from "./promql-error.ts";
import { type Answer, errorAnswer, successAnswer } from "./query-answer.ts";
import type { Samples } from "./samples.ts";

export type QueryAuth = { readonly token: string } | { readonly username: string; readonly password: string };

export interface QueryServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** While false, connections are cut without an answer, as if nobody was there. */
  answering(answering: boolean): void;
  close(): Promise<void>;
}

const MAX_BODY = 1 << 20;

/** Serves GET and POST `/api/v1/query` on a free port of 127.0.0.1; with `auth`, only to those who show it. */
export async function startQueryServer(options: {
  readonly samples: Samples;
  readonly clock: Clock;
  readonly auth?: QueryAuth;
}): Promise<QueryServer> {
  const { samples, clock, auth } = options;
  const wanted = auth === undefined ? undefined : authorization(auth);
  let away = false;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (away) return void request.socket.destroy();
    const url = new URL(request.url ?? "/", "http://prometheus");
    const method = request.method ?? "";
    if (wanted !== undefined && request.headers.authorization !== wanted)
      return plain(response, 401, "Unauthorized");
    if (url.pathname !== "/api/v1/query") return plain(response, 404, "404 page not found");
    if (method !== "GET" && method !== "POST") return plain(response, 405, "Method Not Allowed");
    const parameters = method === "GET" ? url.searchParams : new URLSearchParams(await bodyOf(request));
    const { status, body } = answer(parameters);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  }

  function answer(parameters: URLSearchParams): Answer {
    try {
      const at = evaluationTime(parameters.get("time"), clock.now());
      return successAnswer(evaluate(parameters.get("query") ?? "", samples, at), at);
    } catch (error) {
      return errorAnswer(error);
    }
  }

  const server = createServer((request, response) => {
    respond(request, response).catch(() => request.socket.destroy());
  });
  server.on("connection", (socket) => {
    if (away) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answering(answering) {
      away = !answering;
      if (away) server.closeAllConnections();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Seconds since the epoch or RFC 3339, to the millisecond; `now` when there is none. */
function evaluationTime(text: string | null, now: number): number {
  if (text === null || text === "") return now;
  const seconds = Number(text);
  const at = Number.isNaN(seconds) ? Date.parse(text) : seconds * 1000;
  if (!Number.isFinite(at))
    throw new PromqlError("bad_data", `invalid parameter "time": cannot parse ${text}`);
  return Math.round(at);
}

function authorization(auth: QueryAuth): string {
  if ("token" in auth) return `Bearer ${auth.token}`;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}`;
}

function plain(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) {
    body += chunk;
    if (body.length > MAX_BODY) throw new Error("request body too large");
  }
  return body;
}

/** The DevTools protocol as a browser speaks it over its pipes 3 and 4: JSON messages, each with a zero byte behind it. */
import type { ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** Calls a method; gives its result. Throws what the browser says. */
export type Call = (method: string, parameters?: object) => Promise<Readonly<Record<string, unknown>>>;

export interface Connection {
  /** A new page; the calls go to it. */
  openPage(): Promise<Call>;
}

interface Answer {
  /** Missing in an event. */
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

interface Waiting {
  readonly method: string;
  readonly done: (result: Readonly<Record<string, unknown>>) => void;
  readonly failed: (error: Error) => void;
}

const CALL_LIMIT_MS = 30_000;

/** Of a child that was started with `--remote-debugging-pipe` and two more pipes. Calls fail when it ends. */
export function connect(child: ChildProcess): Connection {
  const [, , , into, from] = child.stdio;
  const waiting = new Map<number, Waiting>();
  let count = 0;
  let ended: Error | undefined;

  const fail = (error: Error) => {
    ended ??= error;
    for (const { failed } of waiting.values()) failed(error);
    waiting.clear();
  };
  child.once("error", fail);
  child.once("exit", (code, signal) =>
    fail(new Error(`the browser ended (${signal ?? `exit code ${code}`})`)),
  );
  // Its end is told by the exit.
  into?.on("error", () => undefined);
  readMessages(from as Readable, (text) => {
    const { id = -1, result = {}, error } = JSON.parse(text) as Answer;
    const one = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) one?.done(result);
    else one?.failed(new Error(`${one.method}: ${error.message}`));
  });

  const callIn =
    (session: { readonly sessionId?: unknown }): Call =>
    (method, params = {}) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(ended);
        count += 1;
        const id = count;
        const late = setTimeout(() => {
          waiting.delete(id);
          reject(new Error(`${method}: no answer from the browser in ${CALL_LIMIT_MS / 1000} s`));
        }, CALL_LIMIT_MS);
        const done = (result: Readonly<Record<string, unknown>>) => {
          clearTimeout(late);
          resolve(result);
        };
        const failed = (error: Error) => {
          clearTimeout(late);
          reject(error);
        };
        waiting.set(id, { method, done, failed });
        (into as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
      });

  return {
    async openPage() {
      const call = callIn({});
      const { targetId } = await call("Target.createTarget", { url: "about:blank" });
      const { sessionId } = await call("Target.attachToTarget", { targetId, flatten: true });
      return callIn({ sessionId });
    },
  };
}

/** Messages may come in pieces, and a piece may end inside a character. */
function readMessages(from: Readable, tell: (text: string) => void): void {
  let rest = Buffer.alloc(0);
  from.on("data", (piece: Buffer) => {
    rest = Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
      tell(rest.toString("utf8", 0, end));
      rest = rest.subarray(end + 1);
    }
  });
}

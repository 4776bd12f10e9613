/** Hears of every write of a step as soon as the API server has answered it: it says so in its audit log. */
import { watch } from "node:fs";
import { open } from "node:fs/promises";
import type { AnsweredWrite } from "../../../sandbox/cluster/server.ts";
import { KINDS } from "../../../steps/lib/ports/kinds.ts";
import { type AuditEntry, parseEntry, podOf, WRITE_VERBS } from "./audit.ts";

const ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

const KIND_OF = new Map(Object.entries(KINDS).map(([kind, { plural }]) => [plural, kind]));

/** The form that a scenario's world tells; undefined for what is no write of a pod that `processOf` knows. Pure. */
export function answeredWrite(
  entry: AuditEntry,
  processOf: (pod: string) => string | undefined,
): AnsweredWrite | undefined {
  const { verb, user, objectRef, responseStatus } = entry;
  const [, namespace, name] = ACCOUNT.exec(user.username ?? "") ?? [];
  const process = processOf(podOf(entry) ?? "");
  if (namespace === undefined || name === undefined || process === undefined) return undefined;
  if (!WRITE_VERBS.includes(verb)) return undefined;
  const { resource = "" } = objectRef ?? {};
  return {
    caller: { account: { namespace, name }, process },
    verb: verb as AnsweredWrite["verb"],
    kind: KIND_OF.get(resource) ?? resource,
    namespace: objectRef?.namespace ?? "",
    name: objectRef?.name ?? "",
    code: responseStatus?.code ?? 0,
  };
}

/**
 * Follows the audit log from its present end. `processOf` gives `<TaskRun>/<step>` for a pod's name. Resolves, to the way
 * to stop, when the following has begun. Throws when there is no such file.
 */
export async function followWrites(
  file: string,
  processOf: (pod: string) => string | undefined,
  listener: (write: AnsweredWrite) => void,
): Promise<() => Promise<void>> {
  const handle = await open(file);
  let position = (await handle.stat()).size;
  let rest = Buffer.alloc(0);
  const buffer = Buffer.alloc(64 * 1024);

  async function read(): Promise<void> {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      const text = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = text.lastIndexOf("\n") + 1;
      rest = Buffer.from(text.subarray(end));
      for (const line of text.toString("utf8", 0, end).split("\n")) tell(line);
    }
  }

  function tell(line: string): void {
    const entry = line === "" ? undefined : parseEntry(line);
    const write = entry === undefined ? undefined : answeredWrite(entry, processOf);
    if (write !== undefined) listener(write);
  }

  let reading = Promise.resolve();
  const news = () => {
    reading = reading.then(read);
  };
  const watcher = watch(file, news);
  // What came before the watch began.
  news();
  return async () => {
    watcher.close();
    await reading;
    await handle.close();
  };
}

/** The API server's audit log: what the steps asked it. */
import { open } from "node:fs/promises";

/** One request that was answered; the fields of audit.k8s.io/v1 Event that are read here. */
export interface AuditEntry {
  readonly stage: string;
  readonly verb: string;
  readonly user: {
    readonly username?: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** Verbs of requests that change something and end. */
export const WRITE_VERBS: readonly string[] = ["create", "update", "patch", "delete"];

/** A pod's token is bound to it, and says its name. */
const POD = "authentication.kubernetes.io/pod-name";

/** Undefined for a line that was cut off, and for requests that have no answer yet. */
export function parseEntry(line: string): AuditEntry | undefined {
  try {
    const entry = JSON.parse(line) as AuditEntry;
    return entry.stage === "ResponseComplete" ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Name of the pod that asked; undefined when it was no pod. */
export function podOf({ user }: AuditEntry): string | undefined {
  return user.extra?.[POD]?.[0];
}

/** Entries of the file from the byte `from` on. No file, no entries. */
export async function readEntries(file: string, from: number): Promise<readonly AuditEntry[]> {
  const entries: AuditEntry[] = [];
  try {
    const handle = await open(file);
    try {
      for await (const line of handle.readLines({ start: from })) {
        const entry = parseEntry(line);
        if (entry !== undefined) entries.push(entry);
      }
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  return entries;
}

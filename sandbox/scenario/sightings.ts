/** What somebody sees who watches a release from outside: objects, the users' replies, commit statuses, output. */
import type { CommitState } from "../../steps/lib/ports/forge.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";

/** `at` is in ms since the epoch everywhere. */
export type Sighting = ObjectSeen | ReplySeen | StatusSeen | ActSeen | OutputSeen;

export interface ObjectSeen {
  readonly kind: "object";
  readonly at: number;
  readonly change: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
  /** The scenario itself wrote it (its first content, or a fault), so no rule is applied to this write. */
  readonly staged: boolean;
}

/** One request of one user, seen at its end. */
export interface ReplySeen {
  readonly kind: "reply";
  readonly at: number;
  readonly sentAt: number;
  readonly namespace: string;
  readonly service: string;
  /** The Deployment that answered, or that should have; undefined when no version was ever chosen. */
  readonly deployment: string | undefined;
  /** The HTTP status, 0 when there was no answer. */
  readonly status: number;
  /** Who wrote the reply: a version of the service, or the mesh because it had nobody to ask. */
  readonly from: "version" | "mesh";
}

export interface StatusSeen {
  readonly kind: "status";
  readonly at: number;
  readonly revision: string;
  readonly state: CommitState;
  readonly context: string;
  readonly description: string;
}

/** Something the scenario did, as people read it: `kill wait-and-cleanup`. */
export interface ActSeen {
  readonly kind: "act";
  readonly at: number;
  readonly name: string;
  readonly text: string;
}

/** A line that a step program printed, or a result that it left. */
export interface OutputSeen {
  readonly kind: "output";
  readonly at: number;
  /** `<run>/<task>/<step>`. */
  readonly source: string;
  readonly text: string;
}

/** Whether a version of the service answered that is not `only`. */
export function isReplyOfAnother(
  one: Sighting,
  at: { readonly namespace: string; readonly service: string },
  only: string,
): one is ReplySeen {
  return (
    one.kind === "reply" &&
    one.from === "version" &&
    one.service === at.service &&
    one.namespace === at.namespace &&
    one.deployment !== only
  );
}

/** Commit statuses with GitHub's rules for them. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { CommitState } from "../../steps/lib/ports/forge.ts";

export interface RecordedStatus {
  readonly id: number;
  readonly revision: string;
  readonly state: CommitState;
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  /** When it was posted, in ms since the epoch. */
  readonly at: number;
}

export interface Statuses {
  /** Every status there is, oldest first. */
  readonly all: readonly RecordedStatus[];
  /** Records the request's body, or says why GitHub would not. */
  add(
    revision: string,
    body: Readonly<Record<string, unknown>>,
  ): RecordedStatus | { readonly refused: string };
}

const STATES: readonly CommitState[] = ["error", "failure", "pending", "success"];
const DESCRIPTION_LIMIT = 140;

export function commitStatuses(clock: Clock): Statuses {
  const all: RecordedStatus[] = [];
  return {
    all,
    add: (revision, body) => {
      const { context = "default", description = null, target_url: targetUrl = null } = body;
      const state = STATES.find((each) => each === body["state"]);
      if (state === undefined) return { refused: "state is not included in the list" };
      if (typeof context !== "string") return { refused: "context is not a string" };
      if (!isTextOrNull(description)) return { refused: "description is not a string" };
      if (description !== null && description.length > DESCRIPTION_LIMIT) {
        return { refused: `description is too long (maximum is ${DESCRIPTION_LIMIT} characters)` };
      }
      if (!isTextOrNull(targetUrl) || (targetUrl !== null && !/^https?:\/\//.test(targetUrl))) {
        return { refused: "target_url must use http(s) scheme" };
      }
      const status = {
        id: all.length + 1,
        revision,
        state,
        context,
        description,
        targetUrl,
        at: clock.now(),
      };
      all.push(status);
      return status;
    },
  };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === "string";
}

/** A GitHub repository in memory: commits, one branch, commit statuses. */
import { NotFoundError, UnavailableError } from "../../steps/lib/ports/errors.ts";
import type { CommitStatus, Forge, Source } from "../../steps/lib/ports/forge.ts";

export interface PostedStatus extends CommitStatus {
  readonly revision: string;
  readonly at: number;
}

export interface VirtualRepository extends Forge, Source {
  /** Adds a commit with these files changed; null deletes one. Returns its id. */
  push(files: Readonly<Record<string, string | null>>): string;
  /** Every status that was posted, oldest first. */
  readonly posted: readonly PostedStatus[];
  away: boolean;
}

export function createRepository(
  now: () => number,
  onStatus: (status: PostedStatus) => void = () => {},
): VirtualRepository {
  const commits = new Map<string, Readonly<Record<string, string>>>();
  const posted: PostedStatus[] = [];
  let head = "";
  const repository: VirtualRepository = {
    away: false,
    posted,
    push(files) {
      const merged = Object.entries({ ...commits.get(head), ...files }).filter(
        (entry): entry is [string, string] => entry[1] !== null,
      );
      head = (commits.size + 1).toString(16).padStart(7, "c").padEnd(40, "0");
      commits.set(head, Object.fromEntries(merged));
      return head;
    },
    async head() {
      assertThere();
      return head;
    },
    async files(revision, path) {
      assertThere();
      const commit = commits.get(revision);
      if (commit === undefined) throw new NotFoundError(`could not read ${revision}: no such commit`);
      return Object.entries(commit)
        .filter(([name]) => name === path || name.startsWith(`${path}/`))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, text]) => ({ path: name, text }));
    },
    async newestStatus(revision, context) {
      assertThere();
      return posted.findLast((one) => one.revision === revision && one.context === context)?.state;
    },
    async setStatus(revision, status) {
      assertThere();
      const one = { ...status, revision, at: now() };
      posted.push(one);
      onStatus(one);
    },
  };
  const assertThere = () => {
    if (repository.away) throw new UnavailableError("could not reach GitHub: it is away");
  };
  return repository;
}

/** States of a GitHub commit status. */
export type CommitState = "pending" | "success" | "failure" | "error";

export interface CommitStatus {
  readonly state: CommitState;
  /** What the status is about, e.g. `canary/shop/web`. One context shows one (the newest) state. */
  readonly context: string;
  /** One sentence; the client cuts it to GitHub's 140 characters. */
  readonly description: string;
  /** Where "Details" leads. */
  readonly targetUrl?: string;
}

/** One file of the pushed commit; `path` is relative to the root of the repository. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Where the pushed files are read: the forge's API, or a workspace with a checkout. */
export interface Source {
  /**
   * The file at `path`, or every file directly or deeper below the directory `path`, sorted by path. Empty when
   * there is nothing. Throws UnavailableError or RefusedError.
   */
  files(revision: string, path: string): Promise<readonly SourceFile[]>;
}

/** What we ask of GitHub beside the files. `repository` (owner/name) is bound when the client is made. */
export interface Forge {
  /** The commit that `branch` points at now. */
  head(branch: string): Promise<string>;
  /** The newest status of `context` on `revision`, if there is one. */
  newestStatus(revision: string, context: string): Promise<CommitState | undefined>;
  setStatus(revision: string, status: CommitStatus): Promise<void>;
}

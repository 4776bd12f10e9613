/** The Source and Forge ports on GitHub's REST API (GitHub Enterprise: another `apiUrl`). */
import { retry } from "@octokit/plugin-retry";
import { Octokit } from "@octokit/rest";
import { cutSentence } from "../experiment/cut-sentence.ts";
import {
  InvalidError,
  NotFoundError,
  RefusedError,
  type StepError,
  UnavailableError,
} from "../ports/errors.ts";
import type { CommitState, Forge, Source, SourceFile } from "../ports/forge.ts";
import type { Log } from "../ports/log.ts";
import { assertFew, assertSize } from "./source-limits.ts";

/** What GitHub takes as a description of a status. */
const DESCRIPTION_LIMIT = 140;
const PAGE = 100;
/** What can be a header's value; an error about any other one would show it. */
const TOKEN = /^[\x21-\x7e]+$/;

export interface GitHubOptions {
  /** Without a slash at the end, e.g. `https://api.github.com`. */
  readonly apiUrl: string;
  /** owner/name */
  readonly repository: string;
  /** Without a token only public repositories can be read, and nothing can be written. */
  readonly token?: string | undefined;
  readonly log: Log;
  /** Further attempts while GitHub is away, after 1, 4, 9 ... times `retryBaseMs`. Default 3. */
  readonly retries?: number;
  /** Default 1000. */
  readonly retryBaseMs?: number;
  /** Time-out of one attempt, in ms; default 10 s. */
  readonly timeoutMs?: number;
}

/** One repository on GitHub. Every method throws UnavailableError, RefusedError or what the ports say. */
export function github(options: GitHubOptions): Source & Forge {
  const { apiUrl, repository, token, log, retries = 3, retryBaseMs = 1000, timeoutMs = 10_000 } = options;
  const [owner = "", repo = ""] = repository.split("/");
  const { rest } = new (Octokit.plugin(retry))({
    baseUrl: apiUrl,
    userAgent: "tekton-canary",
    ...(token !== undefined && { auth: token }),
    retry: { retries, retryAfterBaseValue: retryBaseMs },
    request: {
      fetch: (url: string, init: RequestInit) =>
        fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }),
    },
    // The library would log each failed attempt in its own words; ours are in the error.
    log: { debug: () => {}, info: () => {}, warn: (text: string) => log.warn(text), error: () => {} },
  });

  /** Runs one request; `what` completes "could not". A 404 is `missing`. */
  const ask = async <T>(
    what: string,
    request: () => Promise<{ readonly data: T }>,
    missing: typeof RefusedError | typeof NotFoundError = RefusedError,
  ): Promise<T> => {
    if (token !== undefined && !TOKEN.test(token))
      throw new RefusedError(`could not ${what}: what Secret github-token holds is no token`);
    const response = await request().catch((error: unknown) => {
      throw translate(error, {
        what: `could not ${what}`,
        repository,
        hasToken: token !== undefined,
        timeoutMs,
        missing,
      });
    });
    if (typeof response.data === "object") return response.data;
    throw new UnavailableError(`could not ${what}: the answer is not GitHub's`);
  };

  const tree = (sha: string, recursive: boolean) =>
    ask(`read the files of ${repository}`, () =>
      rest.git.getTree({ owner, repo, tree_sha: sha, ...(recursive && { recursive: "1" }) }),
    );

  const blob = async ({ path, sha }: TreeEntry): Promise<SourceFile> => {
    const { content } = await ask(`read ${path} of ${repository}`, () =>
      rest.git.getBlob({ owner, repo, file_sha: sha }),
    );
    return { path, text: Buffer.from(content, "base64").toString("utf8") };
  };

  /** What is at `path`, found by walking down from the root of the commit; the entry's path is `path`. */
  const find = async (revision: string, path: readonly string[]): Promise<TreeEntry | undefined> => {
    const commit = await ask(`read commit ${revision} of ${repository}`, () =>
      rest.git.getCommit({ owner, repo, commit_sha: revision }),
    );
    let found: TreeEntry = { path: "", mode: "040000", type: "tree", sha: commit.tree.sha };
    for (const [depth, name] of path.entries()) {
      if (found.type !== "tree") return undefined;
      const entry = (await tree(found.sha, false)).tree.find((each) => each.path === name);
      if (entry === undefined) return undefined;
      found = { ...entry, path: path.slice(0, depth + 1).join("/") };
      assertPlain(found);
    }
    return found;
  };

  return {
    files: async (revision, path) => {
      const found = await find(
        revision,
        path.split("/").filter((name) => name !== "" && name !== "."),
      );
      if (found === undefined) return [];
      if (found.type === "blob") return [await blob(found)];
      const { tree: entries, truncated } = await tree(found.sha, true);
      const files = entries
        .filter((entry) => entry.type !== "tree")
        .map((entry) => ({ ...entry, path: found.path === "" ? entry.path : `${found.path}/${entry.path}` }));
      assertFew(files.length, truncated, found.path);
      for (const file of files) assertPlain(file);
      const read: SourceFile[] = [];
      for (const file of files) read.push(await blob(file));
      return read.sort((one, other) => (one.path < other.path ? -1 : 1));
    },
    head: async (branch) => {
      const request = () => rest.git.getRef({ owner, repo, ref: `heads/${branch}` });
      return (await ask(`read branch ${branch} of ${repository}`, request, NotFoundError)).object.sha;
    },
    newestStatus: async (revision, context) => {
      for (let page = 1; ; page++) {
        const statuses = await ask(`read the statuses of ${repository}@${revision}`, () =>
          rest.repos.listCommitStatusesForRef({ owner, repo, ref: revision, per_page: PAGE, page }),
        );
        // Newest first.
        const newest = statuses.find((status) => status.context === context);
        if (newest !== undefined) return newest.state as CommitState;
        if (statuses.length < PAGE) return undefined;
      }
    },
    setStatus: async (revision, { state, context, description, targetUrl }) => {
      await ask(`set the status ${context} of ${repository}@${revision} to ${state}`, () =>
        rest.repos.createCommitStatus({
          owner,
          repo,
          sha: revision,
          state,
          context,
          description: cutSentence(description, DESCRIPTION_LIMIT),
          ...(targetUrl !== undefined && { target_url: targetUrl }),
          // An answer that was lost may have been a success: who posts a terminal status looks before trying again.
          ...(state !== "pending" && { request: { retries: 0 } }),
        }),
      );
    },
  };
}

interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  readonly size?: number;
}

/** Throws InvalidError for what is neither a directory nor a file of a sensible size. */
function assertPlain({ path, mode, type, size = 0 }: TreeEntry): void {
  if (type === "commit") throw new InvalidError(`could not read ${path}: it is a submodule`);
  if (mode === "120000") throw new InvalidError(`could not read ${path}: it is a symbolic link`);
  assertSize(path, size);
}

/** The one place that knows what GitHub's status codes mean. No error of the library leaves it. */
function translate(
  error: unknown,
  context: {
    readonly what: string;
    readonly repository: string;
    readonly hasToken: boolean;
    readonly timeoutMs: number;
    readonly missing: typeof RefusedError | typeof NotFoundError;
  },
): StepError {
  const { what, repository, hasToken, timeoutMs, missing } = context;
  if (!isHttpError(error)) return new UnavailableError(`${what}: the request failed`);
  // The library gives a network failure the status 500, but no response.
  if (error.response === undefined) {
    const timedOut = error.cause instanceof Error && error.cause.name === "TimeoutError";
    return new UnavailableError(
      `${what}: ${timedOut ? `no answer within ${timeoutMs / 1000} s` : error.message}`,
    );
  }
  const { status, message, response } = error;
  const said = message.replace(/ - https?:\/\/\S+$/, "");
  const cure = hasToken
    ? "the token in Secret github-token"
    : "a request without a token (Secret github-token)";
  const { "x-ratelimit-remaining": remaining, "retry-after": retryAfter } = response.headers;
  switch (status) {
    case 401:
      return new RefusedError(`${what}: ${said}; the token in Secret github-token is not accepted`);
    case 403:
      if (`${remaining}` === "0" || retryAfter !== undefined || /rate limit/i.test(said)) {
        return new UnavailableError(`${what}: ${said}`);
      }
      return new RefusedError(
        `${what}: ${said}; ${cure} needs contents:read and statuses:write on ${repository}`,
      );
    case 404:
      return new missing(`${what}: ${said}; it does not exist, or ${cure} may not read ${repository}`);
    case 409:
    case 422:
      return new InvalidError(`${what}: ${said}`);
    default:
      return status < 500 && status !== 429
        ? new RefusedError(`${what}: ${said}`)
        : new UnavailableError(`${what}: GitHub answered ${status}`);
  }
}

interface HttpError extends Error {
  readonly status: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

function isHttpError(error: unknown): error is HttpError {
  return error instanceof Error && error.name === "HttpError";
}

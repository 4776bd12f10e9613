/** The calls of GitHub's REST API that our client makes, on one repository; anything else is answered 501. */
import { blobOf, commitOf, entriesOf, treeOf } from "./objects.ts";
import type { RecordedStatus, Statuses } from "./statuses.ts";

export interface ApiRequest {
  readonly method: string;
  readonly url: URL;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: object;
}

export interface RestApi {
  answer(request: ApiRequest): Promise<ApiAnswer>;
}

interface Route {
  readonly method: string;
  /** Path below /repos/owner/name, with one group. */
  readonly path: RegExp;
  readonly answer: (parameter: string, request: ApiRequest) => Promise<ApiAnswer>;
}

export interface RestApiOptions {
  readonly bare: string;
  readonly repository: string;
  readonly statuses: Statuses;
  /** Asked at each call. */
  readonly isToken: (token: string) => boolean;
}

const NOT_FOUND = refuse(404, "Not Found");

export function restApi({ bare, repository, statuses, isToken }: RestApiOptions): RestApi {
  const routes: readonly Route[] = [
    {
      method: "GET",
      path: /^\/git\/commits\/([^/]+)$/,
      answer: async (sha) => {
        const tree = await treeOf(bare, sha);
        return tree === undefined ? NOT_FOUND : ok({ sha, tree: { sha: tree } });
      },
    },
    {
      method: "GET",
      path: /^\/git\/trees\/([^/]+)$/,
      answer: async (sha, { url }) => {
        const tree = await entriesOf(bare, sha, url.searchParams.has("recursive"));
        return tree === undefined ? NOT_FOUND : ok({ sha, tree, truncated: false });
      },
    },
    {
      method: "GET",
      path: /^\/git\/blobs\/([^/]+)$/,
      answer: async (sha) => {
        const blob = await blobOf(bare, sha);
        if (blob === undefined) return NOT_FOUND;
        return ok({ sha, size: blob.length, encoding: "base64", content: inLines(blob.toString("base64")) });
      },
    },
    {
      method: "GET",
      path: /^\/git\/ref\/heads\/(.+)$/,
      answer: async (branch) => {
        const sha = await commitOf(bare, branch);
        return sha === undefined
          ? NOT_FOUND
          : ok({ ref: `refs/heads/${branch}`, object: { type: "commit", sha } });
      },
    },
    {
      method: "GET",
      path: /^\/commits\/([^/]+)\/statuses$/,
      answer: async (ref, { url }) => {
        const sha = await commitOf(bare, ref);
        if (sha === undefined) return NOT_FOUND;
        const size = Number(url.searchParams.get("per_page") ?? 30);
        const start = (Number(url.searchParams.get("page") ?? 1) - 1) * size;
        const newestFirst = statuses.all.filter((status) => status.revision === sha).reverse();
        return ok(newestFirst.slice(start, start + size).map(asGitHub));
      },
    },
    {
      method: "POST",
      path: /^\/statuses\/([^/]+)$/,
      answer: async (sha, { body }) => {
        if ((await treeOf(bare, sha)) === undefined) return refuse(422, `No commit found for SHA: ${sha}`);
        const added = statuses.add(sha, JSON.parse(body));
        return "refused" in added
          ? refuse(422, "Validation Failed", [{ resource: "Status", code: "custom", message: added.refused }])
          : { status: 201, body: asGitHub(added) };
      },
    },
  ];

  return {
    answer: async (request) => {
      const token = /^(?:token|bearer) (.+)$/i.exec(request.authorization ?? "")?.[1];
      if (token !== undefined && !isToken(token)) return refuse(401, "Bad credentials");
      const path = decodeURIComponent(request.url.pathname);
      const root = `/repos/${repository}`;
      // A private repository does not exist for strangers.
      if (token === undefined || !path.startsWith(`${root}/`)) return NOT_FOUND;
      for (const route of routes) {
        const match = route.method === request.method ? route.path.exec(path.slice(root.length)) : null;
        if (match?.[1] !== undefined) return route.answer(match[1], request);
      }
      return refuse(501, `the sandbox has no ${request.method} ${path}`);
    },
  };
}

function ok(body: object): ApiAnswer {
  return { status: 200, body };
}

function refuse(status: number, message: string, errors?: readonly object[]): ApiAnswer {
  const documentation = "https://docs.github.com/rest";
  return {
    status,
    body: { message, ...(errors && { errors }), documentation_url: documentation, status: `${status}` },
  };
}

function asGitHub({ id, state, context, description, targetUrl, at }: RecordedStatus): object {
  const created = new Date(at).toISOString();
  return { id, state, context, description, target_url: targetUrl, created_at: created, updated_at: created };
}

/** GitHub breaks base64 into lines. */
function inLines(text: string): string {
  return text.replace(/.{60}/g, "$&\n");
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type Forge, startForge } from "../../../../sandbox/forge/forge.ts";
import { git, gitText } from "../../../../sandbox/forge/git.ts";
import { github } from "../../../../steps/lib/clients/github.ts";
import {
  InvalidError,
  NotFoundError,
  RefusedError,
  UnavailableError,
} from "../../../../steps/lib/ports/errors.ts";
import type { CommitStatus } from "../../../../steps/lib/ports/forge.ts";
import { closedUrl, type ScriptedServer, scriptedServer } from "./scripted-server.ts";

// Real git in many processes; a busy machine takes its time.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const log = { info: () => {}, warn: () => {}, error: () => {} };
const NOWHERE = "0123456789".repeat(4);
const pending: CommitStatus = { state: "pending", context: "canary/shop/web", description: "started" };

describe("against the sandbox's GitHub", () => {
  let folder: string;
  let forge: Forge;
  let revision: string;
  const client = (token: string | undefined = "good", repository = "acme/shop") =>
    github({ apiUrl: forge.apiUrl, repository, token, log, retries: 1, retryBaseMs: 1 });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "github-"));
    forge = await startForge({
      folder,
      repository: "acme/shop",
      token: "good",
      webhooks: () => [],
      clock: { now: () => Date.now(), sleep: async () => {} },
    });
    const files = {
      "config/web.yaml": "name: wéb\n",
      "config/more/api.yaml": `big: ${"x".repeat(5000)}`,
      "iter8/pipeline.prop": "port: 80",
      "readme.md": "hello",
    };
    ({ revision } = await forge.push({ files, message: "begin", quiet: true }));
  });
  afterEach(() => forge.become("up"));
  afterAll(async () => {
    await forge.stop();
    await rm(folder, { recursive: true });
  });

  test("a directory is read with all below it, in order", async () => {
    expect(await client().files(revision, "config/")).toEqual([
      { path: "config/more/api.yaml", text: `big: ${"x".repeat(5000)}` },
      { path: "config/web.yaml", text: "name: wéb\n" },
    ]);
  });

  test("a file is read", async () => {
    expect(await client().files(revision, "./config/web.yaml")).toEqual([
      { path: "config/web.yaml", text: "name: wéb\n" },
    ]);
  });

  test("the commit decides, not the branch", async () => {
    const { revision: next } = await forge.push({
      files: { "readme.md": "bye" },
      message: "next",
      quiet: true,
    });
    expect(await client().files(revision, "readme.md")).toEqual([{ path: "readme.md", text: "hello" }]);
    expect(await client().head("main")).toBe(next);
  });

  test.each(["iter8/experiment.yaml", "nowhere", "readme.md/below"])(
    "nothing at %s is empty",
    async (path) => {
      expect(await client().files(revision, path)).toEqual([]);
    },
  );

  test("a symbolic link and a submodule are refused by name", async () => {
    const clone = join(folder, "by-hand");
    await git(folder, ["clone", "--quiet", forge.bare, clone]);
    const blob = await gitText(clone, ["rev-parse", `${revision}:readme.md`]);
    await git(clone, ["update-index", "--add", "--cacheinfo", `120000,${blob},links/secret`]);
    await git(clone, ["update-index", "--add", "--cacheinfo", `160000,${revision},modules/other`]);
    await git(clone, ["commit", "--quiet", "-m", "odd things"]);
    await git(clone, ["push", "--quiet", "origin", "HEAD:odd"], { environment: { SANDBOX_QUIET: "1" } });
    const odd = await client().head("odd");
    const source = client();
    await expect(source.files(odd, "links")).rejects.toThrow(
      "could not read links/secret: it is a symbolic link",
    );
    await expect(source.files(odd, "links/secret/deep")).rejects.toThrow(InvalidError);
    await expect(source.files(odd, "modules")).rejects.toThrow(
      "could not read modules/other: it is a submodule",
    );
  });

  test("too many files and a file that is too large are refused", async () => {
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`many/${at}.yaml`, ""]));
    const files = { ...many, "big.yaml": "x".repeat(1024 * 1024 + 1) };
    const { revision: full } = await forge.push({ files, message: "full", branch: "full", quiet: true });
    await expect(client().files(full, "many")).rejects.toThrow(
      "could not read many: it has more than 100 files",
    );
    await expect(client().files(full, "big.yaml")).rejects.toThrow(
      /could not read big.yaml: it is larger than 256 KB/,
    );
  });

  test("a commit or repository that is not there says what the token may lack", async () => {
    const failed = client().files(NOWHERE, "config");
    await expect(failed).rejects.toThrow(RefusedError);
    await expect(failed).rejects.toThrow(
      /Not Found; it does not exist, or the token in Secret github-token may not read acme\/shop$/,
    );
    await expect(client("good", "acme/other").files(revision, "config")).rejects.toThrow(
      /may not read acme\/other$/,
    );
    await expect(client().head("no-such-branch")).rejects.toThrow(NotFoundError);
  });

  test("what cannot be a token is refused, and is in no error", async () => {
    const error = await client("ghp_abc\nghp_def")
      .head("main")
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RefusedError);
    expect(inspect(error, { depth: 9 })).toMatch(/what Secret github-token holds is no token/);
    expect(inspect(error, { depth: 9 })).not.toMatch(/ghp_/);
  });

  test("a wrong token is refused, and is in no error", async () => {
    const failed = await client("bad-s3cret")
      .head("main")
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(RefusedError);
    expect(inspect(failed, { depth: 9 })).toMatch(
      /Bad credentials; the token in Secret github-token is not accepted/,
    );
    expect(inspect(failed, { depth: 9 })).not.toContain("bad-s3cret");
    forge.become("wrong-token");
    await expect(client().head("main")).rejects.toThrow(RefusedError);
  });

  test("the newest status of a context is found among others", async () => {
    const { revision: next } = await forge.push({
      files: { n: "1" },
      message: "n",
      branch: "n",
      quiet: true,
    });
    const repo = client();
    expect(await repo.newestStatus(next, pending.context)).toBeUndefined();
    await repo.setStatus(next, pending);
    await repo.setStatus(next, { ...pending, state: "failure", targetUrl: "https://dashboard/run" });
    for (let at = 0; at < 101; at++) await repo.setStatus(next, { ...pending, context: `other/${at}` });
    expect(await repo.newestStatus(next, pending.context)).toBe("failure");
    expect(forge.statuses(next)[1]).toMatchObject({
      state: "failure",
      context: "canary/shop/web",
      targetUrl: "https://dashboard/run",
    });
  });

  test("a long description is cut to what GitHub takes", async () => {
    const description = "promoted because everything went well, ".repeat(9);
    await client().setStatus(revision, { ...pending, description });
    const posted = forge.statuses(revision).at(-1)?.description ?? "";
    expect(posted.length).toBeLessThanOrEqual(140);
    expect(posted).toMatch(/^promoted because .*…$/);
  });

  test("a status on a commit that is not there is invalid", async () => {
    await expect(client().setStatus(NOWHERE, pending)).rejects.toThrow(InvalidError);
  });

  test("GitHub that is down is unavailable", async () => {
    forge.become("down");
    await expect(client().head("main")).rejects.toThrow(UnavailableError);
  });
});

describe("against an unreliable GitHub", () => {
  const client = (server: Pick<ScriptedServer, "url">, retries = 2) =>
    github({
      apiUrl: server.url,
      repository: "a/b",
      token: "t",
      log,
      retries,
      retryBaseMs: 1,
      timeoutMs: 100,
    });
  const head = { body: { object: { sha: NOWHERE } } };

  test("a moment of absence is bridged", async () => {
    await using server = await scriptedServer({ status: 502 }, "hang up", head);
    expect(await client(server).head("main")).toBe(NOWHERE);
    expect(server.asked).toHaveLength(3);
  });

  test("silence ends with the time-out of each attempt", async () => {
    await using server = await scriptedServer("silence");
    await expect(client(server, 1).head("main")).rejects.toThrow(
      /could not read branch main of a\/b: no answer within 0.1 s/,
    );
    expect(server.asked).toHaveLength(2);
  });

  test("a network failure is unavailable, although the library calls it 500", async () => {
    const failed = client({ url: await closedUrl() }).head("main");
    await expect(failed).rejects.toThrow(UnavailableError);
    await expect(failed).rejects.toThrow(/ECONNREFUSED/);
  });

  test("a terminal status is posted once, since an answer that was lost may have been a success", async () => {
    await using server = await scriptedServer("hang up");
    await expect(client(server).setStatus(NOWHERE, { ...pending, state: "success" })).rejects.toThrow(
      UnavailableError,
    );
    expect(server.asked).toHaveLength(1);
    await expect(client(server).setStatus(NOWHERE, pending)).rejects.toThrow(UnavailableError);
    expect(server.asked).toHaveLength(4);
  });

  test.each([
    ["a rate limit", { "x-ratelimit-remaining": "0" }, UnavailableError],
    ["a secondary limit", { "retry-after": "30" }, UnavailableError],
    ["a missing permission", {}, RefusedError],
  ])("403 for %s", async (_, headers, type) => {
    await using server = await scriptedServer({
      status: 403,
      body: { message: "Resource not accessible" },
      headers,
    });
    await expect(client(server).head("main")).rejects.toThrow(type);
  });

  test("a page that is not GitHub's is unavailable", async () => {
    await using server = await scriptedServer({ body: "please log in" });
    await expect(client(server).head("main")).rejects.toThrow(UnavailableError);
  });
});

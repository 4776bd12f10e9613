import { createHmac } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Forge, startForge } from "../../../sandbox/forge/forge.ts";
import { git } from "../../../sandbox/forge/git.ts";
import type { PushEvent } from "../../../sandbox/forge/push-event.ts";
import type { Webhook } from "../../../sandbox/forge/webhook.ts";

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const received: Received[] = [];
const listener = createServer(async (request, response) => {
  received.push({ url: request.url, headers: request.headers, body: await text(request) });
  response.writeHead(202).end("{}");
});
let folder: string;
let forge: Forge;
let webhooks: readonly Webhook[];

beforeEach(async () => {
  received.length = 0;
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  webhooks = [hook("/")];
  folder = await mkdtemp(join(tmpdir(), "forge-"));
  forge = await startForge({
    folder,
    repository: "acme/shop",
    token: "good",
    webhooks: () => webhooks,
    clock: { now: () => Date.UTC(2030, 0, 1), sleep: async () => {} },
  });
});

afterEach(async () => {
  await forge.stop();
  await new Promise((resolve) => {
    listener.close(resolve);
    listener.closeAllConnections();
  });
  await rm(folder, { recursive: true });
});

function hook(path: string): Webhook {
  return { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}${path}`, secret: "shared" };
}

function lastEvent(): PushEvent {
  return JSON.parse(received.at(-1)?.body ?? "null");
}

test("a push is announced with what its commit did to which file, signed", async () => {
  const first = await forge.push({ files: { "a.yaml": "1", "b.yaml": "1" }, message: "begin", quiet: true });
  const second = await forge.push({
    files: { "a.yaml": "2", "b.yaml": null, "config/c d.yaml": "1" },
    message: "change\n\nwith a reason",
  });
  await forge.announced();
  expect(received).toHaveLength(1);
  expect(lastEvent()).toMatchObject({
    ref: "refs/heads/main",
    before: first.revision,
    after: second.revision,
    created: false,
    deleted: false,
    repository: { full_name: "acme/shop" },
    head_commit: { id: second.revision },
    commits: [
      {
        id: second.revision,
        message: "change\n\nwith a reason",
        added: ["config/c d.yaml"],
        modified: ["a.yaml"],
        removed: ["b.yaml"],
      },
    ],
  });
  const { headers, body } = received[0] as Received;
  const signature = createHmac("sha256", "shared").update(body).digest("hex");
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "x-github-event": "push",
    "x-hub-signature-256": `sha256=${signature}`,
  });
  expect(headers["x-github-delivery"]).toMatch(/^[0-9a-f-]{36}$/);
});

test("anybody's git push is announced: several commits at once, a new branch, a deleted one", async () => {
  await forge.push({ files: { a: "1" }, message: "begin", quiet: true });
  const clone = join(folder, "mine");
  await git(folder, ["clone", "--quiet", forge.bare, clone]);
  await git(clone, ["commit", "--quiet", "--allow-empty", "-m", "one"]);
  await git(clone, ["commit", "--quiet", "--allow-empty", "-m", "two"]);
  await git(clone, ["push", "--quiet", "origin", "main"]);
  await forge.announced();
  expect(lastEvent().commits.map(({ message }) => message)).toEqual(["one", "two"]);

  await git(clone, ["push", "--quiet", "origin", "main:feature"]);
  await forge.announced();
  expect(lastEvent()).toMatchObject({ ref: "refs/heads/feature", created: true, commits: [] });
  expect(lastEvent().head_commit?.message).toBe("two");

  await git(clone, ["push", "--quiet", "--delete", "origin", "feature"]);
  await forge.announced();
  expect(lastEvent()).toMatchObject({ deleted: true, after: "0".repeat(40), head_commit: null, commits: [] });
});

test("pushes at the same time happen one after the other, on their branches", async () => {
  await forge.push({ files: { a: "0" }, message: "begin", quiet: true });
  const pushes = ["1", "2", "3"].map((text) => forge.push({ files: { a: text }, message: text }));
  const revisions = (await Promise.all(pushes)).map(({ revision }) => revision);
  await forge.push({ files: { a: "other" }, message: "other", branch: "feature", quiet: true });
  await forge.announced();
  expect(received.map(({ body }) => JSON.parse(body).after)).toEqual(revisions);
  expect(await git(forge.bare, ["show", "main:a"])).toEqual(Buffer.from("3"));
  expect(await git(forge.bare, ["show", "feature:a"])).toEqual(Buffer.from("other"));
});

test("a redelivery repeats id, body and signature", async () => {
  await forge.push({ files: { a: "1" }, message: "one" });
  await forge.announced();
  await forge.redeliver();
  const [first, again] = received;
  expect(again?.body).toBe(first?.body);
  for (const header of ["x-github-delivery", "x-hub-signature-256"]) {
    expect(again?.headers[header]).toBe(first?.headers[header]);
  }
});

test("a redelivery repeats the last push, whatever was sent since, to each webhook under its own id", async () => {
  webhooks = [hook("/web"), hook("/shop")];
  await forge.push({ files: { a: "1" }, message: "one" });
  await forge.announced();
  await forge.send({ body: { forged: true }, signature: "bad" });
  await forge.redeliver();
  const sent = received.map(({ url, headers, body }) => [url, headers["x-github-delivery"], body]);
  expect(sent).toHaveLength(6);
  expect(sent.slice(4)).toEqual(sent.slice(0, 2));
  expect(forge.lastPush().map(({ id }) => id)).toEqual(sent.slice(0, 2).map(([, id]) => id));
});

test("forged webhooks carry a wrong signature, or none", async () => {
  await forge.send({ body: { zen: "x" }, signature: "bad", event: "ping" });
  await forge.send({ body: {}, signature: "none", id: "delivery-1" });
  const good = createHmac("sha256", "shared").update('{"zen":"x"}').digest("hex");
  expect(received[0]?.headers["x-github-event"]).toBe("ping");
  expect(received[0]?.headers["x-hub-signature-256"]).toMatch(/^sha256=[0-9a-f]{64}$/);
  expect(received[0]?.headers["x-hub-signature-256"]).not.toBe(`sha256=${good}`);
  expect(received[1]?.headers).not.toHaveProperty("x-hub-signature-256");
  expect(received[1]?.headers["x-github-delivery"]).toBe("delivery-1");
});

test("a listener that is away is a record, not an error; without a webhook nothing is sent", async () => {
  webhooks = [{ url: "http://127.0.0.1:1", secret: "shared" }];
  await forge.push({ files: { a: "1" }, message: "one" });
  await forge.announced();
  webhooks = [];
  await forge.push({ files: { a: "2" }, message: "two" });
  await forge.announced();
  expect(forge.deliveries.map(({ answer }) => answer)).toEqual([
    { failure: expect.stringContaining("fetch failed") },
  ]);
});

test("a push after the sandbox has stopped succeeds, and says that nobody listens", async () => {
  await forge.push({ files: { a: "1" }, message: "one", quiet: true });
  await forge.stop();
  await forge.push({ files: { a: "2" }, message: "two" });
  expect(await git(forge.bare, ["show", "main:a"])).toEqual(Buffer.from("2"));
  expect(await readFile(join(forge.bare, "hooks/post-receive"), "utf8")).toMatch(/^#!\/bin\/sh\n/);
  expect(received).toEqual([]);
});

test("an API call that nobody makes is answered 501", async () => {
  const response = await fetch(`${forge.apiUrl}/repos/acme/shop/pulls`, {
    headers: { authorization: "token good" },
  });
  expect(response.status).toBe(501);
  expect(await response.json()).toMatchObject({ message: "the sandbox has no GET /repos/acme/shop/pulls" });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { kubernetes } from "../../../../steps/lib/clients/kubernetes.ts";
import {
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
  RefusedError,
  UnavailableError,
} from "../../../../steps/lib/ports/errors.ts";
import type { ConfigMap, Deployment } from "../../../../steps/lib/ports/kinds.ts";
import { closedUrl, type Reply, scriptedServer } from "./scripted-server.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubernetes-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function clusterAt(url: string, timeoutMs?: number) {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token: "secret-token" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  const path = join(folder, "kubeconfig");
  await writeFile(path, JSON.stringify(config));
  vi.stubEnv("KUBECONFIG", path);
  return kubernetes(timeoutMs === undefined ? {} : { timeoutMs });
}

function refusal(code: number, reason: string, message: string): Reply {
  return {
    status: code,
    body: { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message },
  };
}

const web: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", creationTimestamp: "2030-01-01T00:00:00Z" },
  spec: { selector: {}, template: { spec: { aFieldOfTheFuture: { at: "2030-01-01T00:00:00.123456Z" } } } },
};

describe("requests", () => {
  test("get reads an object as it is, unknown fields and times included", async () => {
    await using api = await scriptedServer({ body: web });
    const cluster = await clusterAt(api.url);
    expect(await cluster.get("Deployment", "shop", "web")).toEqual(web);
    expect(api.asked[0]).toMatchObject({
      method: "GET",
      path: "/apis/apps/v1/namespaces/shop/deployments/web",
    });
    expect(api.asked[0]?.headers.authorization).toBe("Bearer secret-token");
  });

  test("list selects by labels and gives the items the type that the API leaves out", async () => {
    const { apiVersion: _, kind: __, ...item } = web;
    await using api = await scriptedServer({ body: { items: [item] } });
    const cluster = await clusterAt(api.url);
    expect(await cluster.list("Deployment", "shop", { app: "web", tier: "front" })).toEqual([web]);
    expect(api.asked[0]?.query).toEqual({ labelSelector: "app=web,tier=front" });
  });

  test("create, replace and patch say who writes, and of what people wrote no field is left out", async () => {
    await using api = await scriptedServer({ body: web });
    const cluster = await clusterAt(api.url);
    const strict = { fieldManager: "tekton-canary", fieldValidation: "Strict" };
    await cluster.create("Deployment", web);
    await cluster.replace("Deployment", web);
    await cluster.patch("Experiment", "shop", "web-2", { status: { phase: "Pause" } }, "status");
    expect(api.asked.map(({ method, path, query }) => [method, path, query])).toEqual([
      ["POST", "/apis/apps/v1/namespaces/shop/deployments", strict],
      ["PUT", "/apis/apps/v1/namespaces/shop/deployments/web", strict],
      [
        "PATCH",
        "/apis/iter8.tools/v1alpha1/namespaces/shop/experiments/web-2/status",
        { fieldManager: "tekton-canary" },
      ],
    ]);
    expect(api.asked[2]?.headers["content-type"]).toBe("application/merge-patch+json");
    expect(JSON.parse(api.asked[1]?.body ?? "")).toEqual(web);
  });

  test("a dry run is a create that the API is asked not to do", async () => {
    await using api = await scriptedServer({ body: web });
    const cluster = await clusterAt(api.url);

    await cluster.create("Deployment", web, "dry-run");

    const query = { fieldManager: "tekton-canary", fieldValidation: "Strict", dryRun: "All" };
    expect(api.asked).toMatchObject([
      { method: "POST", path: "/apis/apps/v1/namespaces/shop/deployments", query },
    ]);
  });

  test("remove passes the uid on, and takes an object that is gone or replaced by another as removed", async () => {
    await using api = await scriptedServer(
      { body: {} },
      refusal(404, "NotFound", 'pods "a" not found'),
      refusal(409, "Conflict", "the UID in the precondition does not match"),
    );
    const cluster = await clusterAt(api.url);
    await cluster.remove("Pod", "shop", "a", "uid-1");
    await cluster.remove("Pod", "shop", "a");
    await cluster.remove("Pod", "shop", "a", "uid-1");
    expect(JSON.parse(api.asked[0]?.body ?? "")).toMatchObject({ preconditions: { uid: "uid-1" } });
    expect(api.asked[1]?.body).not.toContain("preconditions");
  });
});

describe("errors", () => {
  test("an object that is not there is undefined", async () => {
    await using api = await scriptedServer(refusal(404, "NotFound", 'deployments.apps "web" not found'));
    const cluster = await clusterAt(api.url);
    expect(await cluster.get("Deployment", "shop", "web")).toBeUndefined();
  });

  test("a patch of an object that is gone while another one has its name is a conflict", async () => {
    const answer = 'Deployment.apps "web" is invalid: metadata.uid: Invalid value: "u1": field is immutable';
    await using api = await scriptedServer(refusal(422, "Invalid", answer));
    const cluster = await clusterAt(api.url);
    const patch = cluster.patch("Deployment", "shop", "web", { metadata: { uid: "u1" }, spec: {} });
    await expect(patch).rejects.toBeInstanceOf(ConflictError);
  });

  test.each([
    [400, "BadRequest", InvalidError],
    [401, "Unauthorized", RefusedError],
    [403, "Forbidden", RefusedError],
    [404, "NotFound", NotFoundError],
    [409, "AlreadyExists", AlreadyExistsError],
    [409, "Conflict", ConflictError],
    [422, "Invalid", InvalidError],
    [429, "TooManyRequests", UnavailableError],
    [500, "InternalError", UnavailableError],
    [504, "Timeout", UnavailableError],
  ])("%i %s is told in one sentence with the API's own reason", async (code, reason, type) => {
    await using api = await scriptedServer(refusal(code, reason, "because the API says so"));
    const cluster = await clusterAt(api.url);
    const error = await cluster.replace("Deployment", web).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(type);
    expect(error).toHaveProperty("message", "could not replace Deployment shop/web: because the API says so");
  });

  test("a kind that the cluster does not serve is named", async () => {
    await using api = await scriptedServer({ status: 404, body: "404 page not found" });
    const cluster = await clusterAt(api.url);
    await expect(cluster.list("VirtualService", "shop")).rejects.toThrow(
      "could not list VirtualService shop/*: this cluster serves no virtualservices of networking.istio.io/v1beta1",
    );
  });

  test("no answer, a closed connection and nobody listening are unavailable", async () => {
    await using api = await scriptedServer("silence", "hang up");
    const cluster = await clusterAt(api.url, 100);
    await expect(cluster.get("Pod", "shop", "a")).rejects.toThrow(
      "could not get Pod shop/a: no answer within 0.1 s",
    );
    await expect(cluster.get("Pod", "shop", "a")).rejects.toThrow(UnavailableError);
    const nobody = await clusterAt(await closedUrl());
    await expect(nobody.get("Pod", "shop", "a")).rejects.toThrow(/could not get Pod shop\/a: .*ECONNREFUSED/);
  });

  test("an answer that is not JSON is unavailable", async () => {
    await using api = await scriptedServer({ body: "<html>a proxy</html>" });
    const cluster = await clusterAt(api.url);
    await expect(cluster.get("Pod", "shop", "a")).rejects.toThrow(UnavailableError);
  });

  test("a kubeconfig without a current context is refused at once", async () => {
    const path = join(folder, "kubeconfig");
    await writeFile(
      path,
      JSON.stringify({ apiVersion: "v1", kind: "Config", clusters: [], users: [], contexts: [] }),
    );
    vi.stubEnv("KUBECONFIG", path);
    expect(() => kubernetes()).toThrow(RefusedError);
  });

  test("an object without a namespace is a mistake of ours", async () => {
    const cluster = await clusterAt("http://127.0.0.1:1");
    const lost: ConfigMap = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "lost" } };
    await expect(cluster.create("ConfigMap", lost)).rejects.toThrow("ConfigMap lost has no namespace");
  });
});

import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createAdmission } from "../../../sandbox/cluster/admission.ts";
import { createFaults, type Faults } from "../../../sandbox/cluster/faults.ts";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import { type AnsweredWrite, type Api, serveApi } from "../../../sandbox/cluster/server.ts";
import type { Store } from "../../../sandbox/cluster/store.ts";
import { createTokens, type Tokens } from "../../../sandbox/cluster/tokens.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

const account = { namespace: "ci", name: "canary" };
const CONFIG_MAPS = "/api/v1/namespaces/shop/configmaps";
const ROUTES = "/apis/networking.istio.io";

let store: Store;
let tokens: Tokens;
let faults: Faults;
let writes: AnsweredWrite[];
let api: Api;
let token: string;
let now: number;

beforeEach(async () => {
  store = createStore({ now: () => Date.UTC(2030, 0, 1), admit: createAdmission() });
  store.create({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "canary" },
    rules: [
      { apiGroups: ["", "apps", "networking.istio.io", "tekton.dev"], resources: ["*"], verbs: ["*"] },
      { apiGroups: ["iter8.tools"], resources: ["experiments"], verbs: ["get"] },
    ],
  });
  store.create({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: { name: "canary", namespace: "shop" },
    roleRef: { kind: "ClusterRole", name: "canary" },
    subjects: [{ kind: "ServiceAccount", ...account }],
  });
  now = Date.UTC(2030, 0, 1);
  tokens = createTokens(() => now);
  token = tokens.issue({ account, process: "wait-and-cleanup" });
  faults = createFaults(() => 0.5);
  writes = [];
  api = await serveApi({ store, tokens, faults, onWrite: (write) => writes.push(write) });
});

afterEach(() => api.close());

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
  const response = await fetch(api.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": type, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown> & KubeObject;
  return { code: response.status, answer };
}

function configMap(name: string, labels = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels }, data: { key: "value" } };
}

describe("the API server", () => {
  test("looks at a dry run as at any create, stores nothing and counts no write", async () => {
    const dry = `${CONFIG_MAPS}?dryRun=All`;

    expect(await call("POST", dry, configMap("a"))).toMatchObject({ code: 201 });
    expect(await call("POST", dry, configMap("a", { "": "b" }))).toMatchObject({ code: 422 });

    expect(await call("GET", `${CONFIG_MAPS}/a`)).toMatchObject({ code: 404 });
    expect(writes).toEqual([]);
    expect(await call("PATCH", `${CONFIG_MAPS}/a?dryRun=All`, {})).toMatchObject({ code: 501 });
  });

  test("creates, reads, replaces, patches and deletes", async () => {
    const created = await call("POST", `${CONFIG_MAPS}?fieldManager=tester`, configMap("a"));
    expect(created).toMatchObject({ code: 201, answer: { metadata: { namespace: "shop", name: "a" } } });
    expect(created.answer.metadata.managedFields).toMatchObject([{ manager: "tester" }]);
    const replaced = await call("PUT", `${CONFIG_MAPS}/a`, { ...created.answer, data: { key: "second" } });
    expect(replaced).toMatchObject({ code: 200, answer: { data: { key: "second" } } });
    const patched = await call("PATCH", `${CONFIG_MAPS}/a`, { data: { more: "yes" } });
    expect(patched).toMatchObject({ code: 200, answer: { data: { key: "second", more: "yes" } } });
    expect(await call("GET", `${CONFIG_MAPS}/a`)).toEqual(patched);
    expect(await call("DELETE", `${CONFIG_MAPS}/a`)).toMatchObject({
      code: 200,
      answer: { status: "Success" },
    });
    expect(await call("GET", `${CONFIG_MAPS}/a`)).toMatchObject({
      code: 404,
      answer: { kind: "Status", reason: "NotFound", message: 'configmaps "a" not found', code: 404 },
    });
  });

  test("lists by labels, and leaves kind and apiVersion out of the items of Kubernetes' own kinds", async () => {
    await call("POST", CONFIG_MAPS, configMap("a", { app: "web" }));
    await call("POST", CONFIG_MAPS, configMap("b", { app: "api" }));
    const { answer } = await call("GET", `${CONFIG_MAPS}?labelSelector=app%3Dweb`);
    expect(answer).toMatchObject({
      kind: "ConfigMapList",
      apiVersion: "v1",
      items: [{ metadata: { name: "a" } }],
    });
    expect((answer["items"] as object[])[0]).not.toHaveProperty("kind");
  });

  test("serves all versions of Istio's objects as one", async () => {
    const route = {
      apiVersion: "networking.istio.io/v1alpha3",
      kind: "VirtualService",
      metadata: { name: "web" },
      spec: { hosts: ["web"] },
    };
    await call("POST", `${ROUTES}/v1alpha3/namespaces/shop/virtualservices`, route);
    const newer = await call("GET", `${ROUTES}/v1/namespaces/shop/virtualservices/web`);
    expect(newer.answer.apiVersion).toBe("networking.istio.io/v1");
    const written = await call("PUT", `${ROUTES}/v1/namespaces/shop/virtualservices/web`, newer.answer);
    expect(written.answer.metadata.resourceVersion).toBe(newer.answer.metadata.resourceVersion);
  });

  test("that is away answers nobody and does nothing; when it is back it refuses all, then knows what it knew", async () => {
    await call("POST", CONFIG_MAPS, configMap("a"));
    api.become("away");
    await expect(call("POST", CONFIG_MAPS, configMap("b"))).rejects.toThrow("fetch failed");
    await expect(call("GET", `${CONFIG_MAPS}/a`)).rejects.toThrow("fetch failed");
    api.become("starting");
    expect((await call("GET", `${CONFIG_MAPS}/a`)).code).toBe(403);
    api.become("up");
    expect((await call("GET", `${CONFIG_MAPS}/a`)).code).toBe(200);
    expect((await call("GET", `${CONFIG_MAPS}/b`)).code).toBe(404);
    expect(writes.map(({ name }) => name)).toEqual(["a"]);
  });

  test("writes the status apart", async () => {
    const path = "/apis/tekton.dev/v1/namespaces/shop/taskruns";
    const run = { apiVersion: "tekton.dev/v1", kind: "TaskRun", metadata: { name: "run" }, spec: {} };
    await call("POST", path, run);
    const { answer } = await call("PATCH", `${path}/run/status`, {
      spec: { a: 1 },
      status: { podName: "x" },
    });
    expect(answer).toMatchObject({ spec: {}, status: { podName: "x" } });
    expect(answer["spec"]).toEqual({});
  });

  test("answers conflicts as Kubernetes does", async () => {
    const { answer } = await call("POST", CONFIG_MAPS, configMap("a"));
    expect(await call("POST", CONFIG_MAPS, configMap("a"))).toMatchObject({
      code: 409,
      answer: { reason: "AlreadyExists" },
    });
    await call("PATCH", `${CONFIG_MAPS}/a`, { data: { key: "new" } });
    expect(await call("PUT", `${CONFIG_MAPS}/a`, answer)).toMatchObject({
      code: 409,
      answer: { reason: "Conflict" },
    });
    const options = { kind: "DeleteOptions", apiVersion: "v1", preconditions: { uid: "another" } };
    expect(await call("DELETE", `${CONFIG_MAPS}/a`, options)).toMatchObject({
      code: 409,
      answer: { reason: "Conflict" },
    });
  });

  test("names what is wrong with an invalid object", async () => {
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web" },
      spec: {
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "other" } },
          spec: { containers: [{ name: "web", image: "web:1" }] },
        },
      },
    };
    expect(await call("POST", "/apis/apps/v1/namespaces/shop/deployments", deployment)).toMatchObject({
      code: 422,
      answer: {
        reason: "Invalid",
        details: { causes: [{ field: "spec.template.metadata.labels", reason: "FieldValueInvalid" }] },
      },
    });
  });

  test.each([
    ["a watch", "GET", `${CONFIG_MAPS}?watch=true`, undefined, {}, 501, "watch=true"],
    [
      "a JSON patch",
      "PATCH",
      `${CONFIG_MAPS}/a`,
      [],
      { "content-type": "application/json-patch+json" },
      415,
      "json-patch",
    ],
    [
      "a server-side apply",
      "PATCH",
      `${CONFIG_MAPS}/a`,
      {},
      { "content-type": "application/apply-patch+yaml" },
      415,
      "apply",
    ],
    ["an unknown resource", "GET", "/api/v1/namespaces/shop/endpoints", undefined, {}, 404, "endpoints"],
    [
      "an unknown version",
      "GET",
      "/apis/apps/v1beta1/namespaces/shop/deployments",
      undefined,
      {},
      404,
      "v1beta1",
    ],
    ["a status that is not apart", "PATCH", `${CONFIG_MAPS}/a/status`, {}, {}, 404, "configmaps/a/status"],
    ["a selector by set", "GET", `${CONFIG_MAPS}?labelSelector=app+in+(a)`, undefined, {}, 501, "app in (a)"],
    ["a collection to delete", "DELETE", CONFIG_MAPS, undefined, {}, 405, "DELETE"],
    ["orphans", "DELETE", `${CONFIG_MAPS}/a`, { propagationPolicy: "Orphan" }, {}, 501, "Orphan"],
    [
      "another kind in the body",
      "POST",
      CONFIG_MAPS,
      { ...configMap("a"), kind: "Secret" },
      {},
      400,
      "Secret",
    ],
  ])("refuses %s and names it", async (_what, method, path, body, headers, code, part) => {
    const { answer } = await call(method, path, body, headers as Record<string, string>);
    expect(answer).toMatchObject({ kind: "Status", status: "Failure", code });
    expect(answer["message"]).toContain(part);
  });
});

describe("access", () => {
  test("without a token that is known is refused", async () => {
    tokens.revoke(token);
    expect(await call("GET", CONFIG_MAPS)).toMatchObject({ code: 401, answer: { reason: "Unauthorized" } });
  });

  test("by a token that is good no more goes on for the 10 s that it is remembered, which asking does not prolong", async () => {
    expect(await call("GET", CONFIG_MAPS)).toMatchObject({ code: 200 });
    now += 6000;
    expect(await call("GET", CONFIG_MAPS)).toMatchObject({ code: 200 });
    tokens.revoke(token);
    now += 3999;
    expect(await call("GET", CONFIG_MAPS)).toMatchObject({ code: 200 });
    now += 1;

    expect(await call("GET", CONFIG_MAPS)).toMatchObject({ code: 401 });
  });

  test("beyond the roles is refused in Kubernetes' words", async () => {
    const elsewhere = await call("GET", "/api/v1/namespaces/other/configmaps/a");
    expect(elsewhere).toMatchObject({ code: 403, answer: { reason: "Forbidden" } });
    expect(elsewhere.answer["message"]).toBe(
      'configmaps "a" is forbidden: User "system:serviceaccount:ci:canary" cannot get resource "configmaps" in API group "" in the namespace "other"',
    );
    const status = await call(
      "PATCH",
      "/apis/iter8.tools/v1alpha1/namespaces/shop/experiments/web/status",
      {},
    );
    expect(status.answer["message"]).toBe(
      'experiments.iter8.tools "web" is forbidden: User "system:serviceaccount:ci:canary" cannot patch resource "experiments/status" in API group "iter8.tools" in the namespace "shop"',
    );
    const everywhere = await call("GET", "/api/v1/configmaps");
    expect(everywhere.answer["message"]).toContain("at the cluster scope");
  });
});

test("a fault answers its share of the calls", async () => {
  faults.set({ status: 503, share: 0.6 });
  expect(await call("POST", CONFIG_MAPS, configMap("a"))).toMatchObject({
    code: 503,
    answer: { reason: "ServiceUnavailable" },
  });
  faults.set({ status: 503, share: 0.4 });
  expect((await call("POST", CONFIG_MAPS, configMap("a"))).code).toBe(201);
});

test("every answered write is told with the process that made it; reads are not", async () => {
  await call("POST", CONFIG_MAPS, configMap("a"));
  await call("GET", `${CONFIG_MAPS}/a`);
  await call("DELETE", `${CONFIG_MAPS}/gone`);
  await expect.poll(() => writes).toHaveLength(2);
  const caller = { account, process: "wait-and-cleanup" };
  expect(writes).toEqual([
    { caller, verb: "create", kind: "ConfigMap", namespace: "shop", name: "a", code: 201 },
    { caller, verb: "delete", kind: "ConfigMap", namespace: "shop", name: "gone", code: 404 },
  ]);
});

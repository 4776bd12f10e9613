/** The step programs' client against the sandbox's API server: both speak the same Kubernetes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createAdmission } from "../../../sandbox/cluster/admission.ts";
import { createFaults, type Faults } from "../../../sandbox/cluster/faults.ts";
import { writeKubeconfig } from "../../../sandbox/cluster/kubeconfig.ts";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import { type Api, serveApi } from "../../../sandbox/cluster/server.ts";
import { createTokens } from "../../../sandbox/cluster/tokens.ts";
import { kubernetes } from "../../../steps/lib/clients/kubernetes.ts";
import type { Cluster } from "../../../steps/lib/ports/cluster.ts";
import {
  AlreadyExistsError,
  ConflictError,
  InvalidError,
  NotFoundError,
  RefusedError,
  UnavailableError,
} from "../../../steps/lib/ports/errors.ts";
import type { VirtualService } from "../../../steps/lib/ports/kinds.ts";

const route: VirtualService = {
  apiVersion: "networking.istio.io/v1beta1",
  kind: "VirtualService",
  metadata: { name: "web", namespace: "shop", labels: { app: "web" } },
  spec: { hosts: ["web"], http: [{ route: [{ destination: { host: "web" }, weight: 100 }] }] },
};

let folder: string;
let api: Api;
let faults: Faults;
let cluster: Cluster;

beforeEach(async () => {
  const account = { namespace: "shop", name: "canary" };
  const store = createStore({ now: () => Date.UTC(2030, 0, 1), admit: createAdmission() });
  const rbac = "rbac.authorization.k8s.io/v1";
  const metadata = { name: "canary", namespace: "shop" };
  store.create({
    apiVersion: rbac,
    kind: "Role",
    metadata,
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
  });
  store.create({
    apiVersion: rbac,
    kind: "RoleBinding",
    metadata,
    roleRef: { kind: "Role", name: "canary" },
    subjects: [{ kind: "ServiceAccount", ...account }],
  });
  const tokens = createTokens(Date.now);
  faults = createFaults();
  api = await serveApi({ store, tokens, faults });
  folder = await mkdtemp(join(tmpdir(), "client-"));
  const path = join(folder, "kubeconfig");
  const token = tokens.issue({ account, process: "test" });
  await writeKubeconfig(path, { url: api.url, token, namespace: "shop" });
  vi.stubEnv("KUBECONFIG", path);
  cluster = kubernetes();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await api.close();
  await rm(folder, { recursive: true });
});

test("what is created can be read, listed, replaced, patched and removed", async () => {
  const created = await cluster.create("VirtualService", route);
  expect(await cluster.get("VirtualService", "shop", "web")).toEqual(created);
  expect(await cluster.list("VirtualService", "shop", { app: "web" })).toEqual([created]);
  const replaced = await cluster.replace("VirtualService", { ...created, spec: { hosts: ["other"] } });
  expect(replaced.spec).toEqual({ hosts: ["other"] });
  const patched = await cluster.patch("VirtualService", "shop", "web", {
    metadata: { labels: { app: null } },
  });
  expect(patched.metadata.labels).toEqual({});
  await cluster.remove("VirtualService", "shop", "web", created.metadata.uid);
  await cluster.remove("VirtualService", "shop", "web");
  expect(await cluster.get("VirtualService", "shop", "web")).toBeUndefined();
});

test("every refusal becomes the error that the port promises", async () => {
  const created = await cluster.create("VirtualService", route);
  await expect(cluster.create("VirtualService", route)).rejects.toThrow(AlreadyExistsError);
  await cluster.patch("VirtualService", "shop", "web", { spec: { hosts: ["other"] } });
  await expect(cluster.replace("VirtualService", created)).rejects.toThrow(ConflictError);
  await expect(cluster.patch("VirtualService", "shop", "gone", {})).rejects.toThrow(NotFoundError);
  await expect(cluster.get("VirtualService", "elsewhere", "web")).rejects.toThrow(RefusedError);
  const lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "A", namespace: "shop" },
  };
  await expect(cluster.create("Lease", lease)).rejects.toThrow(InvalidError);
  faults.set({ status: 503, share: 1 });
  await expect(cluster.get("VirtualService", "shop", "web")).rejects.toThrow(UnavailableError);
});

/** The program as a process, against the sandbox's API server and GitHub. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { writeKubeconfig } from "../../../sandbox/cluster/kubeconfig.ts";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import { type Api, serveApi } from "../../../sandbox/cluster/server.ts";
import { createTokens } from "../../../sandbox/cluster/tokens.ts";
import { type Forge, startForge } from "../../../sandbox/forge/forge.ts";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

const sentence = "promoted: 0.1% errors of 900 requests";
const store = createStore({ now: () => Date.now() });
const tokens = createTokens(Date.now);
let folder: string;
let api: Api;
let forge: Forge;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "set-commit-status-"));
  await build({
    entryPoints: [fileURLToPath(new URL("../../../steps/set-commit-status/main.ts", import.meta.url))],
    outfile: join(folder, "set-commit-status.mjs"),
    bundle: true,
    platform: "node",
    format: "esm",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  api = await serveApi({ store, tokens });
  forge = await startForge({
    folder: join(folder, "forge"),
    repository: "acme/shop",
    token: "s3cret",
    webhooks: () => [],
    clock: { now: () => Date.now(), sleep: async () => {} },
  });
  const account = { namespace: "ci", name: "status" };
  const token = tokens.issue({ account, process: "set-commit-status" });
  await writeKubeconfig(join(folder, "kubeconfig"), { url: api.url, token, namespace: "ci" });
  await writeFile(join(folder, "token"), "s3cret\n");
  const rbac = "rbac.authorization.k8s.io";
  store.create({
    apiVersion: `${rbac}/v1`,
    kind: "Role",
    metadata: { name: "status", namespace: "shop" },
    rules: [{ apiGroups: ["iter8.tools"], resources: ["experiments"], verbs: ["list"] }],
  });
  store.create({
    apiVersion: `${rbac}/v1`,
    kind: "RoleBinding",
    metadata: { name: "status", namespace: "shop" },
    roleRef: { apiGroup: rbac, kind: "Role", name: "status" },
    subjects: [{ kind: "ServiceAccount", ...account }],
  });
  store.create({
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: { name: "web-v2", namespace: "shop", labels: { "tekton-canary/run": "uid-1" } },
    spec: {},
  });
  const status = { outcome: { word: "promoted", reason: "CriteriaMet", sentence } };
  store.patch("Experiment", "shop", "web-v2", { status }, { subresource: "status" });
});

afterAll(async () => {
  await forge.stop();
  await api.close();
  await rm(folder, { recursive: true });
});

function run(settings: Readonly<Record<string, string>>): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve) => {
    const program = join(folder, "set-commit-status.mjs");
    const child = execFile(process.execPath, [program], { env: settings }, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout: stdout + stderr });
    });
  });
}

test("a commit sees its release begin and end", async () => {
  const { revision } = await forge.push({ files: { a: "1" }, message: "begin", quiet: true });
  const settings = {
    RUN_NAMESPACE: "ci",
    RUN_NAME: "web-1",
    RUN_UID: "uid-1",
    PARAM_SERVICE: "web",
    PARAM_NAMESPACE: "shop",
    PARAM_REPOSITORY: "acme/shop",
    PARAM_REVISION: revision,
    PARAM_GITHUB_API_URL: forge.apiUrl,
    PARAM_STATUS_CONTEXT: "",
    PARAM_DASHBOARD_URL: "",
    PARAM_FAIL_ON_ROLLBACK: "true",
    GITHUB_TOKEN_PATH: join(folder, "token"),
    KUBECONFIG: join(folder, "kubeconfig"),
    RESULT_OUTCOME_PATH: join(folder, "outcome"),
    RESULT_REASON_PATH: join(folder, "reason"),
    RESULT_SENTENCE_PATH: join(folder, "sentence"),
  };
  expect(await run({ ...settings, MODE: "pending" })).toMatchObject({ code: 0 });
  const { code, stdout } = await run({ ...settings, MODE: "terminal" });
  expect(code).toBe(0);
  expect(stdout.trimEnd().split("\n").at(-1)).toMatch(
    /^\d\d:\d\d:\d\d promoted: 0.1% errors of 900 requests$/,
  );
  expect(await readFile(join(folder, "outcome"), "utf8")).toBe("promoted");
  expect(forge.statuses(revision).map(({ state, description }) => [state, description])).toEqual([
    ["pending", "canary release of web started"],
    ["success", sentence],
  ]);
});

test("without settings every one of them is named", async () => {
  const { code, stdout } = await run({});
  expect(code).toBe(2);
  expect(stdout.match(/is not set/g)).toHaveLength(13);
});

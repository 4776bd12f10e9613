/** What `npm run e2e` decides without a cluster: which scenarios it plays, who answered, and what the table says. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readScenario } from "../../sandbox/scenario/read.ts";
import { differences } from "../e2e/cluster/machine/traces.ts";
import { readOptions } from "../e2e/options.ts";
import { table } from "../e2e/table.ts";
import { isAlone, whyNot, withImportedImages } from "../e2e/world/applies.ts";
import { deploymentIn } from "../e2e/world/entrance.ts";
import { appImages, fullName } from "../e2e/world/images.ts";
import { levelFor } from "../e2e/world/namespaces.ts";
import { relocated } from "../e2e/world/relocate.ts";
import { belonging, createStaging } from "../e2e/world/staging.ts";

const FOLDER = "test/scenarios";

function scenario(name: string) {
  const reading = readScenario(withImportedImages(readFileSync(join(FOLDER, name), "utf8")), name);
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  return reading.scenario;
}

describe("a scenario on a real cluster", () => {
  test("is played unless it needs what only the sandbox can do", () => {
    expect(whyNot(scenario("tutorial.yaml"), true)).toBeUndefined();
    expect(whyNot(scenario("metrics-gone.yaml"), true)).toBeUndefined();
    expect(whyNot(scenario("override.yaml"), true)).toBeUndefined();
    const through = { ...scenario("tutorial.yaml"), traffic: { rate: 1, through: "shop.example.com" } };
    expect(whyNot(through, true)).toBe("its users come through a route of their own");
  });

  test("is skipped on a cluster that is not ours when its processes would have to be killed", () => {
    expect(whyNot(scenario("tutorial.yaml"), false)).toBeUndefined();
    expect(whyNot(scenario("killed-while-shifting.yaml"), false)).toBe(
      "kill is not possible on this cluster",
    );
  });

  test("is played alone when it takes away what others need, or needs the machine", () => {
    expect(isAlone(scenario("metrics-gone.yaml"))).toBe(true);
    expect(isAlone(scenario("few-errors.yaml"))).toBe(true);
    expect(isAlone(scenario("tutorial.yaml"))).toBe(true);
    expect(isAlone(scenario("../e2e/scenarios/tutorial-by-tkn.yaml"))).toBe(false);
    expect(isAlone(scenario("killed-while-shifting.yaml"))).toBe(false);
  });

  test("has namespaces of its own, in fields and in host names", () => {
    const source = readFileSync(join(FOLDER, "killed-load.yaml"), "utf8");
    const reading = readScenario(relocated(source, "x7k2p"), "killed-load.yaml");
    expect(reading.ok && reading.scenario.namespace).toBe("shop-x7k2p");
    expect(reading.ok && reading.scenario.repository["iter8/pipeline.prop"]).toContain(
      "app-host: web.shop-x7k2p.svc.cluster.local",
    );
    expect(relocated("service: [", "x7k2p")).toBe("service: [");
  });

  test("asks no registry for an image, since there is none", () => {
    const asking = readdirSync(FOLDER).filter((name) =>
      JSON.stringify(scenario(name)).includes("imagePullPolicy: Always"),
    );
    expect(asking).toEqual([]);
  });

  test("gets an image of the demo app for each behaviour, but for those that cannot be pulled", () => {
    const behaviours = { "shop/web:1": { latency: { p50: 100, p99: 100 } }, "shop/web:2": { pull: false } };
    const images = appImages(".", behaviours, 8080);
    expect(images.map(({ name, environment }) => ({ name, environment }))).toEqual([
      { name: "docker.io/shop/web:1", environment: ["PORT=8080", "LATENCY=100ms", "LATENCY_P99=100ms"] },
    ]);
  });
});

test.each([
  ["web:1", "docker.io/library/web:1"],
  ["shop/web:1", "docker.io/shop/web:1"],
  ["registry.example.com/shop/web:1", "registry.example.com/shop/web:1"],
  ["localhost/web:1", "localhost/web:1"],
])("the kubelet takes image %s for %s", (name, full) => {
  expect(fullName(name)).toBe(full);
});

test.each([
  ["unknown from iter8-demo-v100-6c9f8d7b54-x2x9k\n", "iter8-demo-v100"],
  ["v101 from web-5d8f-abcde: failed, as told\n", "web"],
  ["no healthy upstream", undefined],
  ["", undefined],
])("a user who reads %j was served by %s", (body, deployment) => {
  expect(deploymentIn(body)).toBe(deployment);
});

test("the table has a line for each scenario, and says how many passed", () => {
  const reply = {
    kind: "reply",
    at: 1,
    sentAt: 0,
    namespace: "shop",
    service: "web",
    from: "version",
  } as const;
  const record = { scenario: "calm", passed: true, seconds: 65, violations: [], failures: [] };
  const lines = table([
    {
      kind: "played",
      result: {
        record: { ...record, steps: [], objects: [], experiments: [] },
        steps: [],
        sightings: [
          { ...reply, deployment: "web-v1", status: 200 },
          { ...reply, deployment: undefined, status: 503 },
        ],
      },
    },
    { kind: "skipped", scenario: "wild", why: "only the sandbox can do api" },
  ]);
  expect(lines).toEqual([
    "SCENARIO   OUTCOME                                TIME   REQUESTS   LOST   VIOLATIONS",
    "calm       passed                                 1m5s   2          1      0",
    "wild       skipped: only the sandbox can do api",
    "",
    "1 passed, 0 failed",
  ]);
});

describe("what is seen on the cluster", () => {
  const object = (kind: string, name: string, more: object = {}, metadata: object = {}) => ({
    apiVersion: "v1",
    kind,
    metadata: { name, namespace: "tekton-canary", ...metadata },
    ...more,
  });

  test("is the scenario's own doing where its writer first appears, and once when it deletes", () => {
    const staging = createStaging();
    const managed = { managedFields: [{ manager: "canary" }, { manager: staging.writer() }] };
    const change = { type: "MODIFIED", object: object("VirtualService", "web", {}, managed) } as const;
    expect([staging.isStaged(change), staging.isStaged(change)]).toEqual([true, false]);

    const end = { type: "DELETED", object: object("Deployment", "web") } as const;
    expect(staging.isStaged(end)).toBe(false);
    staging.removal("Deployment", "tekton-canary", "web");
    expect([staging.isStaged(end), staging.isStaged(end)]).toEqual([true, false]);
  });

  test("belongs to a scenario when its run releases to one of the scenario's namespaces", () => {
    const isOurs = belonging(["shop-a"]);
    const run = (name: string, namespace: string) =>
      object("PipelineRun", name, { spec: { params: [{ name: "namespace", value: namespace }] } });
    const taskRun = (of: string) =>
      object("TaskRun", `${of}-wait`, {}, { labels: { "tekton.dev/pipelineRun": of } });
    expect([run("web-1", "shop-a"), run("web-2", "shop-b")].map(isOurs)).toEqual([true, false]);
    expect([taskRun("web-1"), taskRun("web-2")].map(isOurs)).toEqual([true, false]);
    expect(isOurs(object("Deployment", "web", {}, { namespace: "shop-a" }))).toBe(true);
  });
});

test.each([
  ["baseline", {}],
  ["restricted", { securityContext: { runAsNonRoot: true } }],
])("an app's namespace is %s when its containers say %j", (level, more) => {
  const spec = { template: { metadata: {}, spec: { containers: [{ name: "web", ...more }] } } };
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" }, spec };
  expect(levelFor([deployment])).toBe(level);
});

test("the machine after is compared with the machine before, kind by kind", () => {
  const before = { link: ["/sys/class/net/eth0"], setting: ["kernel/panic = 0"] };
  const after = { link: ["/sys/class/net/eth0", "/sys/class/net/veth1"], setting: ["kernel/panic = 10"] };
  expect(differences(before, before)).toEqual([]);
  expect(differences(before, after)).toEqual([
    "link /sys/class/net/veth1 was left",
    "setting kernel/panic = 10 was left",
    "setting kernel/panic = 0 is gone",
  ]);
});

describe("the command line", () => {
  const read = (...argv: readonly string[]) => readOptions(argv);

  test("plays everything on a cluster of its own unless told otherwise", () => {
    expect(read()).toEqual({
      kind: "options",
      options: {
        files: [],
        keep: undefined,
        parallel: 3,
        write: undefined,
        pictures: false,
        leaveUp: false,
        given: undefined,
      },
    });
  });

  test("takes a cluster that is there already", () => {
    const reading = read("a.yaml", "--kubeconfig", "kube.config", "--host", "172.18.0.1");
    expect(reading.kind === "options" && reading.options).toMatchObject({
      files: ["a.yaml"],
      given: {
        kubeconfig: "kube.config",
        hostAddress: "172.18.0.1",
        prometheusUrl: "http://prometheus.istio-system:9090",
        load: "kind load image-archive {}",
      },
    });
  });

  test("says everything that is wrong with it at once", () => {
    expect(read("--parallel", "none", "--load", "cp {} /images")).toEqual({
      kind: "problems",
      problems: [
        '--parallel is "none"; a whole number from 1 is allowed.',
        "--load: only together with --kubeconfig.",
      ],
    });
    expect(read("--kubeconfig", "kube.config", "--write", "page.md", "--pictures")).toEqual({
      kind: "problems",
      problems: [
        "--write: what is measured on a cluster of yours is not for the project's pages.",
        "--pictures are taken in the Dashboard of the cluster that is started here.",
        "--kubeconfig needs --host, the address at which the cluster's pods find this machine.",
      ],
    });
    expect(read("--paralel", "2")).toMatchObject({ kind: "problems" });
  });
});

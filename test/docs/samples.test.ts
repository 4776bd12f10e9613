/** The samples can be pushed as they are: create-experiment's own checks let them through. */
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { readExperiment } from "../../steps/lib/experiment/read.ts";
import { planLoad } from "../../steps/lib/load/plan.ts";
import { readProperties } from "../../steps/lib/load/settings.ts";
import { AVAILABLE } from "../../steps/lib/loop/strategies/strategy.ts";
import { selects } from "../../steps/lib/manifest/labels.ts";
import { checkPolicy, deploymentOf } from "../../steps/lib/manifest/policy.ts";
import { readManifest } from "../../steps/lib/manifest/read.ts";
import { readMetrics } from "../../steps/lib/metrics/read.ts";
import type {
  ConfigMap,
  Deployment,
  KubeObject,
  Service,
  VirtualService,
} from "../../steps/lib/ports/kinds.ts";
import { findRoutes } from "../../steps/lib/routes/find.ts";
import { liveVersion } from "../../steps/lib/routes/live.ts";
import { filesIn, text } from "./pages.ts";

interface Sample {
  /** The folder that is pushed. */
  readonly folder: string;
  readonly cluster: string;
  readonly service: string;
  readonly namespace: string;
  readonly metrics: string;
}

const bookinfo = { cluster: "samples/bookinfo/cluster", namespace: "bookinfo-iter8" };
const samples: readonly Sample[] = [
  {
    folder: "samples/tutorial",
    cluster: "samples/tutorial/cluster",
    service: "iter8-demo",
    namespace: "iter8-demo-project",
    metrics: "config/metrics-seconds.yaml",
  },
  ...["reviews-v3", "reviews-v4", "reviews-v5", "reviews-v6", "productpage-v2"].map((name) => ({
    ...bookinfo,
    folder: `samples/bookinfo/rollouts/${name}`,
    service: name.split("-")[0] ?? "",
    metrics: "samples/bookinfo/metrics.yaml",
  })),
];

function objectsIn(path: string): readonly KubeObject[] {
  return parseAllDocuments(text(path)).map((document) => document.toJS() as KubeObject);
}

it("are all here", () => {
  const found = filesIn("samples").filter((path) => path.endsWith("iter8/experiment.yaml"));
  expect(found.map((path) => posix.dirname(posix.dirname(path)))).toEqual(
    samples.map(({ folder }) => folder).sort(),
  );
});

describe.each(samples)("$folder", ({ folder, cluster, service, namespace, metrics }) => {
  const manifests = filesIn(`${folder}/config`).map((path) => ({ path, text: text(path) }));
  const experimentFile = `${folder}/iter8/experiment.yaml`;
  const strategies = Object.keys(AVAILABLE) as (keyof typeof AVAILABLE)[];
  const experiment = readExperiment(
    { path: experimentFile, text: text(experimentFile) },
    { namespace, service, strategies },
  );
  const manifest = readManifest(manifests);
  const there = filesIn(cluster)
    .filter((path) => !path.endsWith("kustomization.yaml"))
    .flatMap(objectsIn);
  const all = <T extends KubeObject>(kind: string) =>
    there.filter((one) => one.kind === kind) as unknown as T[];
  const live = all<Service>("Service").find(({ metadata }) => metadata.name === service);

  it("has an experiment without a problem or a note", () => {
    expect(experiment.problems).toEqual([]);
    expect(experiment.notes).toEqual([]);
    expect(experiment.spec).toBeDefined();
  });

  it("has a manifest that the policy lets through", () => {
    expect(manifest.problems).toEqual([]);
    const policy = { namespace, service, forbiddenServiceAccounts: ["canary-wait"] };
    expect(checkPolicy(manifest.objects, policy)).toEqual([]);
  });

  it("has a Deployment that the Service selects", () => {
    const deployment = deploymentOf(manifest.objects);
    expect(live && deployment && selects(live, deployment)).toBe(true);
  });

  it("uses metrics that its ConfigMap has", () => {
    const [configMap] = objectsIn(metrics) as readonly ConfigMap[];
    const names = experiment.spec?.analysis.successCriteria.map(({ metricName }) => metricName) ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(configMap && readMetrics(configMap, names).problems).toEqual([]);
  });

  it("has load settings that make a plan", () => {
    const path = `${folder}/iter8/pipeline.prop`;
    const { properties, problems } = readProperties(text(path), path);
    expect(problems).toEqual([]);
    const allowedHosts = ["istio-ingressgateway.istio-system.svc.cluster.local"];
    expect(planLoad(properties, { allowedHosts, namespace })).toMatchObject({ kind: "send" });
  });

  it("finds no route of the user in its way, and one live version", () => {
    const { targetService } = experiment.spec ?? {};
    const found = findRoutes(all<VirtualService>("VirtualService"), [], {
      kind: "Deployment",
      service,
      namespace,
      hosts: targetService?.hosts ?? [],
      ...(targetService?.port !== undefined && { port: targetService.port }),
    });
    if (found.kind === "refused" || live === undefined) throw new Error(`${folder} cannot be released`);
    const running = all<Deployment>("Deployment").map((one) => ({
      ...one,
      status: { availableReplicas: 1 },
    }));
    expect(liveVersion(found.route, live, running, "")).toMatchObject({ kind: "live" });
  });
});

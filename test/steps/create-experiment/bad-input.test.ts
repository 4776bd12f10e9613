/**
 * Every way to get it wrong: the release is refused with one sentence that says where and what to do, the same in the log, in
 * the results and at the commit, and nothing in the cluster was touched.
 */
import { describe, expect, test } from "vitest";
import type { VirtualWorld } from "../../../sandbox/virtual/world.ts";
import { RefusedError } from "../../../steps/lib/ports/errors.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { deployment, EXPERIMENT, manifest, NAMESPACE } from "../../simulation/shop.ts";
import { type Push, pushed } from "./pushed.ts";

/** The manifest with a part of the pod's spec replaced. */
function manifestWith(podSpec: object): string {
  const { spec, ...rest } = deployment("example/web:2");
  const { template } = spec;
  return JSON.stringify({
    ...rest,
    spec: { ...spec, template: { ...template, spec: { ...template.spec, ...podSpec } } },
  });
}

const withExperiment = (change: (text: string) => string): Push => ({
  files: { "iter8/experiment.yaml": change(EXPERIMENT) },
});
const withManifest = (text: string | null): Push => ({ files: { "config/deploy.yaml": text } });

const criterion = (fields: string) => (text: string) => text.replace(/\{metricName: .*\}/, `{${fields}}`);

const settings: KubeObject = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings" },
  data: { currency: "EUR" },
};
const ofBilling = { namespace: NAMESPACE, labels: { "tekton-canary/service": "billing" } };

const ownRoute: KubeObject = {
  apiVersion: "networking.istio.io/v1beta1",
  kind: "VirtualService",
  metadata: { name: "shop-front", namespace: NAMESPACE },
  spec: { hosts: ["web"], http: [{ route: [{ destination: { host: "web" } }], timeout: "2s" }] },
};

const ownSubset: KubeObject = {
  apiVersion: "networking.istio.io/v1beta1",
  kind: "DestinationRule",
  metadata: { name: "shop-front", namespace: NAMESPACE },
  spec: { host: "web", subsets: [{ name: "web", labels: { app: "shop" } }] },
};

interface Case {
  readonly what: string;
  readonly push: Push;
  /** What the first 140 characters, all that GitHub shows, must say. */
  readonly shown: readonly string[];
  /** What the whole sentence says beyond that. */
  readonly sentence?: readonly string[];
}

const rejected: readonly Case[] = [
  {
    what: "broken YAML",
    push: withManifest("kind: Deployment\nmetadata: {name: web\n"),
    shown: ["config/deploy.yaml:", "is not valid YAML"],
  },
  {
    what: "a field that no Experiment has",
    push: withExperiment((text) => text.replace("trafficStepSize", "trafficStepsize")),
    shown: ["iter8/experiment.yaml:7: spec.trafficControl.trafficStepsize: is no field of an Experiment"],
    sentence: ["trafficStepSize"],
  },
  {
    what: "a metric that nobody defined",
    push: withExperiment((text) => text.replace("iter8_error_rate", "iter8_eror_rate")),
    shown: ["ConfigMap tekton-canary/iter8config-metrics", "has no metric iter8_eror_rate"],
    sentence: ["it has: iter8_latency, iter8_error_count, iter8_error_rate"],
  },
  {
    what: "a namespace that is not ours, in the manifest",
    push: withManifest(
      JSON.stringify({
        ...deployment("example/web:2"),
        metadata: { name: "web", namespace: "kube-system" },
      }),
    ),
    shown: ["config/deploy.yaml:1: metadata.namespace: must be shop", 'not "kube-system"'],
  },
  {
    what: "a namespace that is not ours, in the experiment",
    push: withExperiment((text) =>
      text.replace("metadata: {name: web}", "metadata: {name: web, namespace: bank}"),
    ),
    shown: ["iter8/experiment.yaml:4: metadata.namespace: must be shop", 'not "bank"'],
  },
  {
    what: "a kind that a push must not change",
    push: {
      files: {
        "config/role.yaml":
          "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: admin}\nrules: []\n",
      },
    },
    shown: [
      "config/role.yaml:2: kind: a push must not hold objects of kind ClusterRole",
      "only Deployment, Service",
    ],
  },
  {
    what: "a privileged container",
    push: withManifest(
      manifestWith({
        containers: [{ name: "web", image: "example/web:2", securityContext: { privileged: true } }],
      }),
    ),
    shown: ["config/deploy.yaml:1: spec.template.spec.containers[0].securityContext.privileged"],
  },
  {
    what: "a misspelt field",
    push: withManifest(
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n" +
        "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n" +
        "          image: example/web:2\n          imagePullPolcy: Always\n",
    ),
    shown: [
      'config/deploy.yaml:12: Deployment web: unknown field "spec.template.spec.containers[0].imagePullPolcy"',
    ],
  },
  {
    what: "a value that the API does not take",
    push: withManifest(manifestWith({ containers: [{ name: "web", image: 2 }] })),
    shown: ["config/deploy.yaml:1: Deployment web: spec.template.spec.containers: Invalid value"],
    sentence: ["each needs a name and an image"],
  },
  {
    what: "an object beside the Deployment that the API does not take",
    push: withManifest(
      `${manifest("example/web:2")}\n---\n${JSON.stringify({ ...settings, metadata: { name: "settings", labels: { "over here": "x" } } })}`,
    ),
    shown: [
      "config/deploy.yaml:3: ConfigMap settings: metadata.labels: Invalid value",
      "must be a valid label",
    ],
  },
  {
    what: "a directory of the node",
    push: withManifest(manifestWith({ volumes: [{ name: "root", hostPath: { path: "/" } }] })),
    shown: ["config/deploy.yaml:1: spec.template.spec.volumes[0].hostPath"],
  },
  {
    what: "a service account of the pipeline",
    push: withManifest(manifestWith({ serviceAccountName: "canary-wait" })),
    shown: ["config/deploy.yaml:1: spec.template.spec.serviceAccountName", "canary-wait"],
  },
  {
    what: "a Deployment that the Service does not select",
    push: withManifest(manifest("example/web:2").replaceAll('"app":"web"', '"app":"shop"')),
    shown: [
      "config/deploy.yaml: Service web does not select the pods of Deployment web; their labels must have app: web.",
    ],
  },
  {
    what: "a Service that does not exist",
    push: { before: ({ store }) => store.remove("Service", NAMESPACE, "web") },
    shown: ["Service shop/web does not exist; add it to the manifest, or correct the param service."],
  },
  {
    what: "a ConfigMap that is another service's",
    push: {
      ...withManifest(`${manifest("example/web:2")}\n---\n${JSON.stringify(settings)}`),
      shop: { more: [{ ...settings, metadata: { ...settings.metadata, ...ofBilling } }] },
    },
    shown: ["config: ConfigMap settings exists and is Service billing's: choose another name"],
  },
  {
    what: "a route of the user that we may not touch",
    push: { shop: { more: [ownRoute] } },
    shown: ["VirtualService", "shop-front", "routing"],
  },
  {
    what: "a subset of the user that has the live version's name and other pods",
    push: { shop: { more: [ownSubset] } },
    shown: [
      "DestinationRule shop-front has a subset web whose labels do not select just the pods of Deployment web",
    ],
    sentence: ["rename or remove it"],
  },
  {
    what: "a plan that takes too long",
    push: withExperiment((text) => text.replace("interval: 2s", "interval: 30m")),
    shown: ["iter8/experiment.yaml: the plan needs 6 x 30m = 3h, more than max-duration 1h45m"],
    sentence: ["take fewer maxIterations, a shorter interval, or raise max-duration"],
  },
  {
    what: "a latency in seconds where the metric is in milliseconds",
    push: withExperiment(
      criterion("metricName: iter8_latency, toleranceType: threshold, tolerance: 0.2, sampleSize: 6"),
    ),
    shown: [
      "iter8/experiment.yaml: iter8_latency: the threshold 0.2 cannot be in the unit of the metric",
      "baseline is at 21",
    ],
    sentence: ["write 200, or set the param metrics-config to iter8config-metrics-seconds"],
  },
  {
    what: "delta on a counter",
    push: withExperiment(criterion("metricName: iter8_error_count, toleranceType: delta, tolerance: 0.1")),
    shown: [
      "iter8/experiment.yaml: spec.analysis.successCriteria[0].toleranceType: delta cannot be used with the counter iter8_error_count",
    ],
    sentence: ["use threshold, or a metric that is a rate"],
  },
  {
    what: "no manifest",
    push: withManifest(null),
    shown: ["config: the pushed commit has no YAML or JSON file there", "(param manifest-path)"],
  },
  {
    what: "a deadline that does not fit",
    push: {
      files: { "iter8/experiment.yaml": null },
      shop: { params: { PARAM_MAX_DURATION: "20m" } },
    },
    shown: [
      "Rejected: the default experiment: the deadline is 30m, more than max-duration 20m; take an earlier deadline, or raise max-duration",
    ],
  },
  {
    what: "a criterion that cannot be counted",
    push: withExperiment((text) =>
      criterion("metricName: iter8_error_count, toleranceType: threshold, tolerance: 5")(
        text.replace("check_and_increment", "sequential"),
      ),
    ),
    shown: ["spec.analysis.successCriteria[0]: iter8_error_count has no counters in the metrics ConfigMap"],
  },
  {
    what: "no metrics ConfigMap",
    push: { shop: { params: { PARAM_METRICS_CONFIG: "my-metrics" } } },
    shown: ["ConfigMap tekton-canary/my-metrics does not exist", "correct the param metrics-config"],
  },
  {
    what: "a strategy that is not available",
    push: withExperiment((text) => text.replace("check_and_increment", "epsilon_greedy")),
    shown: [
      "spec.trafficControl.strategy: must be check_and_increment or increment_without_check or sequential, not",
    ],
  },
];

describe("bad input", () => {
  test.each(rejected)("$what", async ({ push, shown, sentence = [] }) => {
    const end = await pushed(push);

    expect(end.results).toMatchObject({ next: "stop", outcome: "rejected", reason: "InvalidInput" });
    expect(end.exitCode).toBe(2);
    expect(end.states).toEqual(["pending", "failure"]);
    expectOneSentence(end);
    for (const part of shown) expect(end.shown).toContain(part);
    for (const part of sentence) expect(end.description).toContain(part);
    expect(end.changes).toEqual([]);
  });

  test("in several places at once: the log has a line for each, the sentence the first and how many more", async () => {
    const end = await pushed({
      files: {
        "config/deploy.yaml": manifestWith({ hostNetwork: true, hostPID: true }),
        "iter8/experiment.yaml": EXPERIMENT.replace("interval: 2s", "interval: soon").replace(
          "threshold",
          "about",
        ),
      },
    });

    expect(end.description).toMatch(/^Rejected: config\/deploy\.yaml:1: .*\(and 3 more problems\)$/);
    expect(end.log.filter((line) => line.startsWith("error: "))).toEqual([
      expect.stringContaining("hostNetwork"),
      expect.stringContaining("hostPID"),
      expect.stringContaining("spec.trafficControl.interval"),
      expect.stringContaining("toleranceType"),
    ]);
    expect(end.changes).toEqual([]);
  });
});

const BAD_TOKEN =
  "could not read branch main of example/gitops: Bad credentials; the token in Secret github-token is not accepted";

const away: readonly (Case & { readonly reason: string })[] = [
  {
    what: "a token that GitHub does not accept",
    push: {
      before: ({ repository }: VirtualWorld) => {
        repository.head = () => Promise.reject(new RefusedError(BAD_TOKEN));
      },
    },
    reason: "SourceUnavailable",
    shown: ["Bad credentials", "the token in Secret github-token"],
    sentence: ["Nothing was changed."],
  },
  {
    what: "a commit that cannot be read",
    push: {
      before: ({ repository }: VirtualWorld) => {
        repository.files = () => Promise.reject(new RefusedError(BAD_TOKEN));
      },
    },
    reason: "SourceUnavailable",
    shown: ["The pushed files cannot be read: ", "Bad credentials", "the token in Secret github-token"],
    sentence: ["Nothing was changed."],
  },
  {
    what: "a Prometheus that does not answer",
    push: {
      before: ({ metrics }: VirtualWorld) => {
        metrics.away = true;
      },
    },
    reason: "MetricsUnavailable",
    shown: ["Prometheus cannot be asked: ", "Nothing was changed; check the param prometheus-url."],
  },
];

describe("something that we need refuses or is away", () => {
  test.each(away)("$what", async ({ push, reason, shown, sentence = [] }) => {
    const end = await pushed(push);

    expect(end.results).toMatchObject({ next: "stop", outcome: "error", reason });
    expect(end.exitCode).toBe(3);
    expect(end.states).toEqual(["pending", "error"]);
    expectOneSentence(end);
    for (const part of shown) expect(end.shown).toContain(part);
    for (const part of sentence) expect(end.description).toContain(part);
    expect(end.changes).toEqual([]);
  });
});

/** Log, results and commit say the same, in one line. */
function expectOneSentence({ results, log, description }: Awaited<ReturnType<typeof pushed>>): void {
  const sentence = results["sentence"] ?? "";
  expect(sentence).not.toContain("\n");
  expect(log.at(-1)).toBe(sentence);
  expect(description).toBe(sentence);
}

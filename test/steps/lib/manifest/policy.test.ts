import { describe, expect, it } from "vitest";
import { checkPolicy } from "../../../../steps/lib/manifest/policy.ts";
import { formatProblem } from "../../../../steps/lib/manifest/problem.ts";
import { objectsOf } from "./objects.ts";

const POLICY = { namespace: "shop", service: "web", forbiddenServiceAccounts: ["canary-wait"] };

function problems(text: string) {
  return checkPolicy(objectsOf(text), POLICY).map(formatProblem);
}

/** A Deployment that may be applied, with `pod` and `container` added (one line of YAML each). */
function deployment({ pod = "", container = "", spec = "", metadata = "" } = {}) {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: web${metadata}}
spec:
  selector: {matchLabels: {app: web}}
${spec && `  ${spec}\n`}  template:
    metadata: {labels: {app: web}}
    spec:
${pod && `      ${pod}\n`}      containers:
        - name: web
          image: example/web:1
${container && `          ${container}\n`}`;
}

const BESIDE = `---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 8080}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web-settings}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
`;

describe("the manifest policy", () => {
  it("has nothing against a Deployment and what belongs to it", () => {
    expect(problems(deployment() + BESIDE)).toEqual([]);
  });

  it.each<[string, Parameters<typeof deployment>[0], RegExp]>([
    ["the host's network", { pod: "hostNetwork: true" }, /spec\.hostNetwork: must not be true/],
    ["the host's processes", { pod: "hostPID: true" }, /hostPID/],
    ["the host's IPC", { pod: "hostIPC: true" }, /hostIPC/],
    [
      "a path of the host",
      { pod: "volumes: [{name: a, hostPath: {path: /}}]" },
      /yaml:9: .*volumes\[0\]\.hostPath/,
    ],
    ["our service account", { pod: "serviceAccountName: canary-wait" }, /must not be canary-wait/],
    [
      "our service account by its old name",
      { pod: "serviceAccount: canary-wait" },
      /must not be canary-wait/,
    ],
    [
      "privileged",
      { container: "securityContext: {privileged: true}" },
      /containers\[0\]\.securityContext\.privileged/,
    ],
    [
      "a host port",
      { container: "ports: [{containerPort: 80, hostPort: 80}]" },
      /hostPort: must not be set \(it is 80\)/,
    ],
    [
      "SYS_ADMIN",
      { container: "securityContext: {capabilities: {add: [CHOWN, SYS_ADMIN]}}" },
      /add\[1\].*"SYS_ADMIN"/,
    ],
    ["an unmasked /proc", { container: "securityContext: {procMount: Unmasked}" }, /must be Default/],
    ["a host process", { pod: "securityContext: {windowsOptions: {hostProcess: true}}" }, /hostProcess/],
    [
      "a privileged init container",
      { pod: "initContainers: [{name: a, securityContext: {privileged: true}}]" },
      /initContainers\[0\]/,
    ],
    ["no replicas", { spec: "replicas: 0" }, /spec\.replicas: must be a whole number from 1, not 0/],
    ["a paused Deployment", { spec: "paused: true" }, /spec\.paused/],
    ["another namespace", { metadata: ", namespace: prod" }, /must be shop, .* not "prod"/],
    [
      "a label of the pipeline",
      { metadata: ", labels: {tekton-canary/service: x}" },
      /is kept by the pipeline/,
    ],
    [
      "a label that is a number",
      { metadata: ", labels: {version: 1.0}" },
      /must be a text; write it in quotes: "1"/,
    ],
    ["a finalizer", { metadata: ", finalizers: [a]" }, /metadata\.finalizers: must not be set by a push/],
  ])("judges %s", (_what, parts, expected) => {
    expect(problems(deployment(parts)).join("\n")).toMatch(expected);
  });

  it("lets pass what does no harm: CHOWN, a namespace that is right, nulls of kubectl", () => {
    const parts = {
      metadata: ", namespace: shop, creationTimestamp: null",
      container:
        "securityContext: {allowPrivilegeEscalation: true, capabilities: {add: [CHOWN], drop: [ALL]}}",
    };
    expect(problems(deployment(parts))).toEqual([]);
  });

  it("wants a selector that matches the pods", () => {
    const text = deployment().replace("matchLabels: {app: web}", "matchLabels: {app: other}");
    expect(problems(text).join()).toMatch(/:5: spec\.selector: must match/);
  });

  it("wants exactly one Deployment", () => {
    expect(problems(BESIDE).join()).toMatch(/exactly one Deployment, it has none/);
    const two = `${deployment()}---\n${deployment().replace("name: web}", "name: web2}")}`;
    expect(problems(two).join()).toMatch(/exactly one Deployment, it has 2: web, web2/);
  });

  it("refuses other kinds, versions, names and duplicates, all at once and each at its line", () => {
    const text = `${deployment()}---
apiVersion: v1
kind: Secret
metadata: {name: a}
---
apiVersion: autoscaling/v1
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec: {scaleTargetRef: {kind: Deployment, name: billing}}
---
apiVersion: v1
kind: Service
metadata: {name: billing}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: Web}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: iter8config-metrics}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web-abc1234-release}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web-abc1234-release}
`;
    const found = problems(text).map((line) => line.replace(/^config\/deploy\.yaml:/, ""));
    expect(found).toEqual([
      expect.stringMatching(/^14: kind: a push must not change a Secret, only Deployment, Service/),
      expect.stringMatching(
        /^17: apiVersion: must be autoscaling\/v2 for a HorizontalPodAutoscaler, not autoscaling\/v1/,
      ),
      expect.stringMatching(/^20: spec\.scaleTargetRef\.name: must be web, .* not "billing"/),
      expect.stringMatching(/^24: metadata\.name: must be web, what this pipeline releases, not "billing"/),
      expect.stringMatching(/^28: metadata\.name: must be a DNS label .* not "Web"/),
      expect.stringMatching(/^32: metadata\.name: iter8config-metrics belongs to the pipeline/),
      expect.stringMatching(/^36: metadata\.name: web-abc1234-release belongs to the pipeline/),
      expect.stringMatching(/^40: metadata\.name: web-abc1234-release belongs to the pipeline/),
      expect.stringMatching(
        /^40: metadata\.name: ConfigMap web-abc1234-release is already at config\/deploy\.yaml:34/,
      ),
    ]);
  });
});

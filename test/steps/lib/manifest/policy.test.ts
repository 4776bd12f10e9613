import { describe, expect, it } from "vitest";
import { checkPolicy, type Policy } from "../../../../steps/lib/manifest/policy.ts";
import { formatProblem } from "../../../../steps/lib/manifest/problem.ts";
import { objectsOf } from "./objects.ts";

const POLICY = { namespace: "shop", service: "web", forbiddenServiceAccounts: ["canary-wait"] };

function problems(text: string, policy: Partial<Policy> = {}) {
  return checkPolicy(objectsOf(text), { ...POLICY, ...policy }).map(formatProblem);
}

/** A Deployment that may be applied, with `pod` and `container` added (one line of YAML each). */
function deployment({ pod = "", container = "", spec = "", metadata = "", template = "" } = {}) {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: web${metadata}}
spec:
  selector: {matchLabels: {app: web}}
${spec && `  ${spec}\n`}  template:
    metadata: {labels: {app: web}${template}}
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
spec: {selector: {matchLabels: {app: web}}, maxUnavailable: 1}
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
    [
      "a disk of the network",
      { pod: "volumes: [{name: a, nfs: {server: b, path: /}}]" },
      /volumes\[0\]\.nfs/,
    ],
    [
      "code on the node's disk",
      { pod: "volumes: [{name: a, flexVolume: {driver: b}}]" },
      /volumes\[0\]\.flexVolume: must not be used, only configMap, csi/,
    ],
    [
      "a Secret of the pipeline as a volume",
      { pod: "volumes: [{name: a, secret: {secretName: github-token}}]" },
      /volumes\[0\]\.secret\.secretName: must not be github-token/,
    ],
    [
      "a Secret of the pipeline in a projected volume",
      { pod: "volumes: [{name: a, projected: {sources: [{secret: {name: prometheus-auth}}]}}]" },
      /sources\[0\]\.secret\.name: must not be prometheus-auth/,
    ],
    [
      "a Secret of the pipeline in the environment",
      { container: "env: [{name: A, valueFrom: {secretKeyRef: {name: github-token, key: token}}}]" },
      /env\[0\]\.valueFrom\.secretKeyRef\.name: must not be github-token/,
    ],
    [
      "a Secret of the pipeline as the whole environment",
      { container: "envFrom: [{secretRef: {name: github-webhook}}]" },
      /envFrom\[0\]\.secretRef\.name: must not be github-webhook/,
    ],
    [
      "the token of our service account",
      { pod: "volumes: [{name: a, secret: {secretName: canary-wait-token-x7k2p}}]" },
      /must not be canary-wait-token-x7k2p/,
    ],
    [
      "a sysctl of the node",
      { pod: "securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}" },
      /sysctls\[0\]\.name: must be one of/,
    ],
    [
      "no seccomp",
      { pod: "securityContext: {seccompProfile: {type: Unconfined}}" },
      /must be RuntimeDefault or Localhost, not "Unconfined"/,
    ],
    [
      "no AppArmor",
      { container: "securityContext: {appArmorProfile: {type: Unconfined}}" },
      /appArmorProfile\.type/,
    ],
    [
      "an SELinux type of the node",
      { container: "securityContext: {seLinuxOptions: {type: spc_t}}" },
      /seLinuxOptions\.type: must be container_t/,
    ],
    [
      "an SELinux user",
      { pod: "securityContext: {seLinuxOptions: {user: system_u}}" },
      /user: must not be set/,
    ],
    [
      "a probe that has the node call another host",
      { container: "livenessProbe: {httpGet: {host: 169.254.169.254, port: 80}}" },
      /livenessProbe\.httpGet\.host: must not be set/,
    ],
    [
      "a hook that has the node call another host",
      { container: "lifecycle: {preStop: {httpGet: {host: other, port: 80}}}" },
      /preStop\.httpGet\.host/,
    ],
    [
      "a privileged ephemeral container",
      { pod: "ephemeralContainers: [{name: a, securityContext: {privileged: true}}]" },
      /ephemeralContainers\[0\]/,
    ],
    [
      "volumes that the sidecar's injector would add",
      { template: ', annotations: {sidecar.istio.io/userVolume: \'[{"hostPath": {"path": "/"}}]\'}' },
      /userVolume: must not be set/,
    ],
    ["another proxy", { template: ", annotations: {sidecar.istio.io/proxyImage: evil}" }, /proxyImage/],
    [
      "an AppArmor annotation",
      { template: ", annotations: {container.apparmor.security.beta.kubernetes.io/web: unconfined}" },
      /must be runtime\/default or localhost/,
    ],
    [
      "a finalizer on pods",
      { template: ", finalizers: [a]" },
      /template\.metadata\.finalizers: must not be set/,
    ],
    [
      "a label of the pipeline on pods",
      { template: ", annotations: {tekton-canary/run: x}" },
      /template\.metadata\.annotations\.tekton-canary\/run: is kept/,
    ],
    ["a generated name", { metadata: ", generateName: web-" }, /metadata\.generateName: must not be set/],
    [
      "an owner",
      { metadata: ", ownerReferences: [{apiVersion: v1, kind: Node, name: a, uid: b}]" },
      /metadata\.ownerReferences: must not be set/,
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

  it("lets pass what an ordinary app has: its own Secrets, a token for somebody else, annotations for the sidecar", () => {
    const parts = {
      template:
        ", creationTimestamp: null, annotations: {sidecar.istio.io/inject: 'true', proxy.istio.io/config: '{}'}",
      pod: "volumes: [{name: a, secret: {secretName: web-tls}}, {name: b, projected: {sources: [{serviceAccountToken: {audience: vault, path: t}}]}}, {name: c, emptyDir: {}, hostPath: null}]",
      container: "livenessProbe: {httpGet: {port: 80, host: ''}}",
    };
    expect(problems(deployment(parts))).toEqual([]);
  });

  it("lets pods read Secrets called like ours where the pipeline lives elsewhere", () => {
    const text = deployment({ pod: "volumes: [{name: a, secret: {secretName: github-token}}]" });
    expect(problems(text)).toHaveLength(1);
    expect(problems(text, { forbiddenSecrets: [] })).toEqual([]);
  });

  it.each([
    [
      "a Service to other pods",
      "{app: web}, ports",
      "{app: billing}, ports",
      /spec\.selector: must select the pods of Deployment web \(app: web\)/,
    ],
    ["a Service to no pods", "selector: {app: web}, ports", "ports", /spec\.selector: must be set/],
    [
      "a Service to another host",
      "{selector: {app: web}, ports",
      "{type: ExternalName, externalName: evil.example, selector: {app: web}, ports",
      /must not be ExternalName/,
    ],
    [
      "a Service that takes others' addresses",
      "{selector: {app: web}, ports",
      "{externalIPs: [10.0.0.1], selector: {app: web}, ports",
      /spec\.externalIPs/,
    ],
    [
      "an autoscaler of another kind",
      "kind: Deployment, name: web}}",
      "kind: StatefulSet, name: web}}",
      /scaleTargetRef\.kind: must be Deployment, not "StatefulSet"/,
    ],
    [
      "a budget for other pods",
      "{matchLabels: {app: web}}, max",
      "{matchLabels: {app: billing}}, max",
      /:30: spec\.selector: must select the pods/,
    ],
    [
      "a budget for all pods",
      "{matchLabels: {app: web}}, max",
      "{}, max",
      /spec\.selector: must select the pods/,
    ],
    [
      "the stored release of another service",
      "name: web-settings",
      "name: billing-v2-release",
      /belongs to the pipeline/,
    ],
    [
      "the mesh's authority",
      "name: web-settings",
      "name: istio-ca-root-cert",
      /belongs to the pipeline or the mesh/,
    ],
  ])("refuses %s", (_what, right, wrong, expected) => {
    expect(BESIDE).toContain(right);
    expect(problems(deployment() + BESIDE.replace(right, wrong)).join("\n")).toMatch(expected);
  });

  it("lets nobody change the metrics that judge the release", () => {
    const text = deployment() + BESIDE.replace("web-settings", "my-metrics");
    expect(problems(text)).toEqual([]);
    expect(problems(text, { reservedConfigMaps: ["my-metrics"] }).join()).toMatch(
      /my-metrics belongs to the pipeline/,
    );
  });

  it("lets a target of kind Service bring the Service of either version", () => {
    const text =
      deployment() +
      BESIDE.replace(
        "name: web, namespace: shop}\nspec: {selector: {app: web}",
        "name: web-v1}\nspec: {selector: {app: web, version: v1}",
      );
    expect(problems(text).join()).toMatch(/must be web, what this pipeline releases, not "web-v1"/);
    expect(problems(text, { otherServices: ["web-v1", "web-v2"] })).toEqual([]);
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
      expect.stringMatching(
        /^14: kind: a push must not hold objects of kind Secret, only Deployment, Service/,
      ),
      expect.stringMatching(
        /^17: apiVersion: must be autoscaling\/v2 for a HorizontalPodAutoscaler, not autoscaling\/v1/,
      ),
      expect.stringMatching(/^20: spec\.scaleTargetRef\.name: must be web, .* not "billing"/),
      expect.stringMatching(/^24: metadata\.name: must be web, what this pipeline releases, not "billing"/),
      expect.stringMatching(/^22: spec\.selector: must be set/),
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

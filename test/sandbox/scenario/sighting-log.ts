/** Builds what an onlooker would have seen, a line of a story at a time; each thing happens 100 ms after the one before. */

import type { RuleContext } from "../../../sandbox/scenario/rules/rule.ts";
import type { ReplySeen, Sighting } from "../../../sandbox/scenario/sightings.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

export const START = 1_700_000_000_000;
export const REVISION = "a".repeat(40);

export const context: RuleContext = {
  subjects: [{ namespace: "shop", service: "web" }],
  pipelineNamespace: "tekton-canary",
  images: {},
  graceMs: 500,
  deafMs: 5000,
  secrets: { "Secret github-token": "s3cr3t-of-github" },
};

export function sightingLog() {
  const seen: Sighting[] = [];
  let now = START;
  const add = (make: (at: number) => Sighting) => {
    seen.push(make(now));
    now += 100;
    return log;
  };
  const object = (change: "ADDED" | "MODIFIED" | "DELETED", value: KubeObject, staged = false) =>
    add((at) => ({ kind: "object", at, change, object: value, staged }));
  const log = {
    seen,
    object,
    later(ms: number) {
      now += ms;
      return log;
    },
    service: () => object("ADDED", service(), true),
    deployment: (name: string, ready = 1, options: { staged?: boolean; image?: string } = {}) =>
      object("MODIFIED", deployment(name, ready, options.image), options.staged ?? false),
    deleted: (name: string) => object("DELETED", deployment(name, 1)),
    route: (weights: Readonly<Record<string, number>>, staged = false) =>
      object("MODIFIED", route(weights), staged),
    experiment: (baseline: string, candidate: string, outcome?: [string, string], max = 80) =>
      object("MODIFIED", experiment(baseline, candidate, outcome, max)),
    reply: (deployment: string | undefined, fields: Partial<ReplySeen> = {}) =>
      add((at) => ({
        kind: "reply",
        at,
        sentAt: at - 20,
        namespace: "shop",
        service: "web",
        deployment,
        status: 200,
        from: "version",
        ...fields,
      })),
    status: (state: "pending" | "success" | "failure" | "error", description = "because") =>
      add((at) => ({
        kind: "status",
        at,
        revision: REVISION,
        state,
        context: "canary/shop/web",
        description,
      })),
    act: (text: string) => add((at) => ({ kind: "act", at, name: text.split(" ")[0] ?? "", text })),
    output: (text: string) => add((at) => ({ kind: "output", at, source: "run/task/step", text })),
  };
  return log;
}

function service(): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: { selector: { app: "web" } },
  };
}

function deployment(name: string, ready: number, image = "example/web:1"): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: "shop" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
    },
    status: { readyReplicas: ready },
  };
}

/** A route to the plain host when no weights are given. */
export function route(weights: Readonly<Record<string, number>>): KubeObject {
  const subsets = Object.entries(weights).map(([subset, weight]) => ({
    destination: { host: "web", subset },
    weight,
  }));
  return {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "VirtualService",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      hosts: ["web"],
      http: [{ route: subsets.length > 0 ? subsets : [{ destination: { host: "web" } }] }],
    },
  };
}

export function experiment(
  baseline: string,
  candidate: string,
  outcome: [string, string] | undefined,
  max: number,
): KubeObject {
  return {
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: {
      name: candidate,
      namespace: "shop",
      uid: `uid-${candidate}`,
      labels: { "tekton-canary/run": "uid-run" },
    },
    spec: {
      targetService: { name: "web", baseline, candidate },
      trafficControl: { maxTrafficPercentage: max },
    },
    ...(outcome === undefined
      ? {}
      : {
          status: {
            phase: "Completed",
            outcome: { word: outcome[0], reason: outcome[1], sentence: "because of it" },
          },
        }),
  };
}

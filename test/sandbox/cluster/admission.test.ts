import { describe, expect, test } from "vitest";
import { createAdmission } from "../../../sandbox/cluster/admission.ts";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import { type StatusCause, StatusError } from "../../../sandbox/cluster/store.ts";
import type { Deployment, KubeObject } from "../../../steps/lib/ports/kinds.ts";

function definition(spec: object): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "experiments.iter8.tools" },
    spec: {
      group: "iter8.tools",
      names: { kind: "Experiment", plural: "experiments" },
      versions: [
        {
          name: "v1alpha1",
          schema: {
            openAPIV3Schema: {
              type: "object",
              required: ["spec"],
              properties: { spec, status: { type: "object" } },
            },
          },
        },
      ],
    },
  };
}

const SPEC = {
  type: "object",
  required: ["service"],
  properties: {
    service: { type: "string", minLength: 1 },
    weight: { type: "integer", minimum: 1, maximum: 100, default: 50 },
    strategy: { type: "string", enum: ["fast", "slow"] },
    port: { "x-kubernetes-int-or-string": true },
    limit: { type: "number", nullable: true },
    free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    labels: { type: "object", additionalProperties: { type: "string" } },
    criteria: { type: "array", items: { type: "object", properties: { name: { type: "string" } } } },
  },
};

function experiment(spec: object): KubeObject {
  return {
    apiVersion: "iter8.tools/v1alpha1",
    kind: "Experiment",
    metadata: { name: "web", namespace: "shop" },
    spec,
  };
}

function deployment(): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "web:1" }] },
      },
    },
  };
}

function newStore() {
  return createStore({ now: () => 0, admit: createAdmission() });
}

function refused(action: () => unknown): {
  readonly message: string;
  readonly causes: readonly StatusCause[];
} {
  try {
    action();
  } catch (error) {
    if (error instanceof StatusError && error.code === 422) return error;
    throw error;
  }
  throw new Error("accepted");
}

describe("a custom object", () => {
  function stored(spec: object): unknown {
    const store = newStore();
    store.create(definition(SPEC));
    return store.create(experiment(spec))["spec"];
  }

  test("gets its defaults and loses what the schema does not name", () => {
    expect(stored({ service: "web", unknown: 1, criteria: [{ name: "a", unknown: 2 }] })).toEqual({
      service: "web",
      weight: 50,
      criteria: [{ name: "a" }],
    });
  });

  test("keeps what the schema leaves open", () => {
    const spec = {
      service: "web",
      weight: 1,
      free: { any: { thing: [1] } },
      labels: { a: "b" },
      port: "http",
      limit: null,
    };
    expect(stored(spec)).toEqual(spec);
  });

  test.each([
    [{}, "FieldValueRequired", "spec.service", "Required value"],
    [
      { service: 1 },
      "FieldValueTypeInvalid",
      "spec.service",
      'spec.service in body must be of type string: "integer"',
    ],
    [
      { service: "web", strategy: "odd" },
      "FieldValueNotSupported",
      "spec.strategy",
      'supported values: "fast", "slow"',
    ],
    [{ service: "web", weight: 101 }, "FieldValueInvalid", "spec.weight", "must be <= 100"],
    [
      { service: "web", criteria: [{ name: 1 }] },
      "FieldValueTypeInvalid",
      "spec.criteria[0].name",
      "of type string",
    ],
  ])("with the spec %j is invalid: %s %s", (spec, reason, field, part) => {
    const { message, causes } = refused(() => stored(spec));
    expect(causes).toMatchObject([{ reason, field }]);
    expect(message).toContain('Experiment.iter8.tools "web" is invalid: ');
    expect(message).toContain(part);
  });

  test("is told everything that is wrong with it at once", () => {
    expect(refused(() => stored({ weight: 0 })).causes).toHaveLength(2);
  });

  test("is stored as it is when nothing defines it", () => {
    expect(newStore().create(experiment({ any: "thing" }))["spec"]).toEqual({ any: "thing" });
  });
});

describe("a definition that is not structural is refused", () => {
  test.each([
    ["without a type", { properties: {} }, "spec].type: Required value"],
    ["with a keyword that the sandbox does not know", { type: "object", oneOf: [] }, "spec].oneOf"],
    [
      "with both kinds of properties",
      { type: "object", properties: {}, additionalProperties: true },
      "Forbidden",
    ],
  ])("%s", (_what, spec, part) => {
    expect(refused(() => newStore().create(definition(spec))).message).toContain(part);
  });
});

describe("a Deployment", () => {
  test("gets Kubernetes' defaults", () => {
    expect(newStore().create(deployment())).toMatchObject({
      spec: {
        replicas: 1,
        progressDeadlineSeconds: 10,
        strategy: { type: "RollingUpdate" },
        template: {
          spec: {
            restartPolicy: "Always",
            containers: [{ image: "web:1", imagePullPolicy: "IfNotPresent" }],
          },
        },
      },
    });
  });

  test("must select its own pods, and goes on selecting the same", () => {
    const store = newStore();
    const object = deployment();
    const template = { ...object.spec.template, metadata: { labels: { app: "other" } } };
    const wrong = refused(() => store.create({ ...object, spec: { ...object.spec, template } }));
    expect(wrong.message).toContain("`selector` does not match template `labels`");
    store.create(object);
    const labels = { app: "web", track: "canary" };
    const patch = { spec: { selector: { matchLabels: labels }, template: { metadata: { labels } } } };
    expect(refused(() => store.patch("Deployment", "shop", "web", patch)).message).toContain(
      "field is immutable",
    );
  });

  test("has no fields but its own, down to its containers", () => {
    const misspelt = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "web", namespace: "shop" },
      spec: {
        replica: 2,
        template: {
          labels: {},
          spec: { containers: [{ name: "a", image: "a:1", ports: [{ port: 80 }] }, { cmd: [] }] },
        },
      },
    };
    const create = () => newStore().create(misspelt);
    expect(create).toThrow(StatusError);
    expect(create).toThrow(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replica", ' +
        'unknown field "spec.template.labels", unknown field "spec.template.spec.containers[0].ports[0].port", ' +
        'unknown field "spec.template.spec.containers[1].cmd"',
    );
  });

  test("needs containers", () => {
    const object = deployment();
    const template = { ...object.spec.template, spec: {} };
    const { causes } = refused(() => newStore().create({ ...object, spec: { ...object.spec, template } }));
    expect(causes).toMatchObject([{ field: "spec.template.spec.containers", reason: "FieldValueRequired" }]);
  });
});

test.each([
  ["a name in capitals", { name: "Web" }, "metadata.name"],
  ["a label value with a slash", { name: "web", labels: { repository: "owner/name" } }, "metadata.labels"],
  [
    "a label value that is too long",
    { name: "web", labels: { revision: "a".repeat(64) } },
    "metadata.labels",
  ],
])("metadata with %s is invalid", (_what, metadata, field) => {
  const create = () => newStore().create({ apiVersion: "v1", kind: "ConfigMap", metadata } as KubeObject);
  expect(refused(create).causes).toMatchObject([{ field }]);
});

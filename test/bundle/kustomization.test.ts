/** `kubectl apply -k` on each folder that has a kustomization: complete, and with names that fit together. */
import { describe, expect, it } from "vitest";
import { document, documents, kustomized, type Manifest, names } from "./manifests.ts";

interface Kustomization {
  readonly namespace?: string;
  readonly resources: readonly string[];
}

const home = document<Kustomization>("config/kustomization.yaml").namespace;

/** Kustomize's own files. */
const own = ["kustomization.yaml", "images.yaml", "name-references.yaml"];

/** Every manifest below a folder, README and kustomize's own files apart. */
const manifests = (folder: string): readonly string[] =>
  names(folder)
    .filter((name) => name.endsWith(".yaml") && !own.includes(name))
    .map((name) => `${folder}/${name}`);

describe.each(["config", "config/app", "tasks", "pipelines", "triggers"])("%s", (folder) => {
  it("names files that exist and hold Kubernetes objects", () => {
    for (const path of kustomized(folder)) {
      for (const object of documents(path)) {
        expect(object, path).toMatchObject({
          apiVersion: expect.any(String),
          kind: expect.any(String),
          metadata: { name: expect.any(String) },
        });
      }
    }
  });

  it("leaves no file of the folder out", () => {
    expect(kustomized(folder)).toEqual(expect.arrayContaining([...manifests(folder)]));
  });

  it("defines no object twice", () => {
    const ids = kustomized(folder).flatMap((path) =>
      documents(path).map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    );
    expect(ids).toEqual([...new Set(ids)]);
  });

  it("leaves namespaces to kustomize, but for the accounts that bindings name", () => {
    for (const path of kustomized(folder)) {
      for (const { kind, metadata } of documents(path)) {
        expect(metadata.namespace, path).toBe(kind === "ServiceAccount" ? home : undefined);
      }
    }
  });
});

it("installs everything but the triggers and the apps' roles with one command", () => {
  const objects = kustomized("config").flatMap((path) => documents(path));
  const kinds = (kind: string): number => objects.filter((object: Manifest) => object.kind === kind).length;
  expect({
    crds: kinds("CustomResourceDefinition"),
    tasks: kinds("Task"),
    pipelines: kinds("Pipeline"),
    metrics: kinds("ConfigMap"),
    accounts: kinds("ServiceAccount"),
  }).toEqual({ crds: 1, tasks: 5, pipelines: 1, metrics: 2, accounts: 5 });
});

it("puts pipeline, triggers and the subjects of all bindings into one namespace", () => {
  expect(document<Manifest>("config/namespace.yaml").metadata.name).toBe(home);
  expect(document<Kustomization>("triggers/kustomization.yaml").namespace).toBe(home);
  expect(document<Kustomization>("config/app/kustomization.yaml").namespace).toBeUndefined();
  const subjects = ["config", "config/app", "triggers"].flatMap((folder) =>
    kustomized(folder).flatMap((path) =>
      documents<Manifest & { subjects?: readonly { namespace?: string }[] }>(path).flatMap(
        ({ subjects = [] }) => subjects,
      ),
    ),
  );
  expect(new Set(subjects.map(({ namespace }) => namespace))).toEqual(new Set([home]));
});

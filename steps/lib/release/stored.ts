/** The release ConfigMap: what create-experiment has checked, for the steps that come after. Nothing changes in between. */
import type { ConfigMap, Deployment, KubeObject, OwnerReference } from "../ports/kinds.ts";

export interface StoredRelease {
  /** The candidate, exactly as it is to be applied. */
  readonly deployment: Deployment;
  /** The other objects of the manifest. */
  readonly rest: readonly KubeObject[];
  /** Load settings of the repository, by name. */
  readonly properties: Readonly<Record<string, string>>;
}

export function releaseConfigMap(
  release: StoredRelease,
  metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly owner: OwnerReference;
  },
): ConfigMap {
  const { owner, ...rest } = metadata;
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...rest, ownerReferences: [owner] },
    data: {
      "deployment.json": JSON.stringify(release.deployment),
      "rest.json": JSON.stringify(release.rest),
      "properties.json": JSON.stringify(release.properties),
    },
  };
}

/** Reads back what `releaseConfigMap` wrote; only our own programs write it, so it is trusted. */
export function storedRelease(configMap: ConfigMap): StoredRelease {
  const part = (key: string) => JSON.parse(configMap.data?.[key] ?? "null");
  return {
    deployment: part("deployment.json"),
    rest: part("rest.json"),
    properties: part("properties.json"),
  };
}

/** The objects of a manifest beside the Deployment: created when missing, changed only on promotion. */
import { ANNOTATION, LABEL } from "../experiment/names.ts";
import { changes, formatDifference } from "../manifest/differences.ts";
import { followDeployment } from "../manifest/follow.ts";
import type { Cluster } from "../ports/cluster.ts";
import { AlreadyExistsError } from "../ports/errors.ts";
import type { Deployment, Kind, KubeObject } from "../ports/kinds.ts";
import type { Log } from "../ports/log.ts";
import type { Release, World } from "./release.ts";

const KINDS_BESIDE = ["Service", "ConfigMap", "HorizontalPodAutoscaler", "PodDisruptionBudget"] as const;
type KindBeside = (typeof KINDS_BESIDE)[number];

/** Creates what is missing; says what differs and is left for the promotion. */
export async function createMissing(
  cluster: Cluster,
  log: Log,
  namespace: string,
  service: string,
  objects: readonly KubeObject[],
): Promise<void> {
  for (const object of objects) {
    const kind = kindOf(object);
    const live = await cluster.get(kind, namespace, object.metadata.name);
    if (live === undefined) {
      await create(cluster, kind, labelled(object, namespace, service));
      log.info(`Created ${kind} ${object.metadata.name}.`);
      continue;
    }
    const changed = changes(object, live);
    if (changed.length > 0) {
      log.info(
        `${kind} ${object.metadata.name} changes on promotion: ${changed.map(formatDifference).join(", ")}.`,
      );
    }
  }
}

/** Brings every object to what the manifest says; returns what was changed, for people. */
export async function updateAll(
  cluster: Cluster,
  log: Log,
  namespace: string,
  service: string,
  objects: readonly KubeObject[],
): Promise<readonly string[]> {
  const changed: string[] = [];
  for (const object of objects) {
    const kind = kindOf(object);
    const { name } = object.metadata;
    const live = await cluster.get(kind, namespace, name);
    if (live === undefined) {
      await create(cluster, kind, labelled(object, namespace, service));
      changed.push(`${kind} ${name} created`);
      log.info(`Created ${kind} ${name}.`);
      continue;
    }
    const different = changes(object, live);
    if (different.length === 0) continue;
    const text = `${kind} ${name}: ${different.map(formatDifference).join(", ")}`;
    await cluster.patch(kind, namespace, name, patchTo(object, live));
    changed.push(text);
    log.info(`Changed ${text}.`);
  }
  return changed;
}

/** On promotion: the rest of the manifest, with autoscalers and budgets following the promoted Deployment. */
export async function applyRest({ cluster, log }: World, release: Release): Promise<void> {
  const { plan, stored } = release;
  if (stored === undefined) return;
  const { namespace, service } = plan;
  const promoted = await cluster.get("Deployment", namespace, plan.candidate);
  if (promoted === undefined) return;
  const baseline =
    plan.baseline === undefined ? undefined : await cluster.get("Deployment", namespace, plan.baseline);
  const predecessors = [asInManifest(promoted), ...(baseline === undefined ? [] : [baseline])];
  await updateAll(cluster, log, namespace, service, followed(stored.rest, predecessors, promoted));

  // Autoscalers that no manifest brings, but that scale the version which is about to go.
  const known = new Set(stored.rest.map((object) => object.metadata.name));
  const scalers = (await cluster.list("HorizontalPodAutoscaler", namespace)).filter(
    (scaler) =>
      !known.has(scaler.metadata.name) &&
      predecessors.some((one) => scaler.spec.scaleTargetRef.name === one.metadata.name),
  );
  await updateAll(cluster, log, namespace, service, followed(scalers, predecessors, promoted));
}

function followed(objects: readonly KubeObject[], predecessors: readonly Deployment[], promoted: Deployment) {
  return objects.map((object) => followDeployment(object, predecessors, promoted));
}

/** The Deployment under the name that its manifest gives it, which other objects of the manifest refer to. */
function asInManifest(deployment: Deployment): Deployment {
  const name = deployment.metadata.annotations?.[ANNOTATION.manifestName] ?? deployment.metadata.name;
  return { ...deployment, metadata: { ...deployment.metadata, name } };
}

/** Fields that the manifest sets; of a ConfigMap also the keys that it has no longer. */
function patchTo(object: KubeObject, live: KubeObject): object {
  const { apiVersion, kind, metadata, status, ...sections } = object;
  void [apiVersion, kind, status];
  const data = object.kind === "ConfigMap" ? { data: withoutLost(object["data"], live["data"]) } : {};
  const { labels, annotations } = metadata;
  return {
    metadata: { ...(labels && { labels }), ...(annotations && { annotations }) },
    ...sections,
    ...data,
  };
}

function withoutLost(wanted: unknown, live: unknown): object {
  const keys = (value: unknown) => Object.entries((value ?? {}) as Readonly<Record<string, unknown>>);
  return Object.fromEntries([...keys(live).map(([key]) => [key, null]), ...keys(wanted)]);
}

async function create(cluster: Cluster, kind: KindBeside, object: KubeObject): Promise<void> {
  try {
    await cluster.create<Kind>(kind, object as never);
  } catch (error) {
    // Somebody, perhaps an earlier life of this process, was faster.
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
}

function labelled(object: KubeObject, namespace: string, service: string): KubeObject {
  const labels = { ...object.metadata.labels, [LABEL.service]: service };
  return { ...object, metadata: { ...object.metadata, namespace, labels } };
}

/** The manifest policy lets no other kind through. */
export function kindOf(object: KubeObject): KindBeside {
  const kind = KINDS_BESIDE.find((one) => one === object.kind);
  if (kind === undefined) throw new Error(`a ${object.kind} got past the manifest policy`);
  return kind;
}

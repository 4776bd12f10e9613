/** The objects of a manifest beside the Deployment: created when missing, changed only on promotion. */
import { cutSentence } from "../experiment/cut-sentence.ts";
import { ANNOTATION, LABEL } from "../experiment/names.ts";
import type { Plan } from "../loop/model.ts";
import { changes, formatDifference, takenAway } from "../manifest/differences.ts";
import { followDeployment } from "../manifest/follow.ts";
import { type FieldPath, isRecord } from "../manifest/plain-data.ts";
import type { Cluster } from "../ports/cluster.ts";
import { AlreadyExistsError, InvalidError, RefusedError, reasonOf } from "../ports/errors.ts";
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
    const text = await update(cluster, log, namespace, service, object);
    if (text !== undefined) changed.push(text);
  }
  return changed;
}

/** What was changed; undefined when there was nothing to change. */
async function update(
  cluster: Cluster,
  log: Log,
  namespace: string,
  service: string,
  object: KubeObject,
): Promise<string | undefined> {
  const kind = kindOf(object);
  const { name } = object.metadata;
  const live = await cluster.get(kind, namespace, name);
  if (live === undefined) {
    await create(cluster, kind, labelled(object, namespace, service));
    log.info(`Created ${kind} ${name}.`);
    return `${kind} ${name} created`;
  }
  const different = changes(object, live);
  if (different.length === 0) return undefined;
  const text = `${kind} ${name}: ${different.map(formatDifference).join(", ")}`;
  await cluster.patch(kind, namespace, name, patchTo(object, live));
  log.info(`Changed ${text}.`);
  return text;
}

/**
 * On promotion: the rest of the manifest, with autoscalers and budgets following the promoted Deployment. An object that
 * the API refuses stays as it is, since the version serves by now: returned is what was not applied, and why.
 */
export async function applyRest({ cluster, log }: World, release: Release): Promise<readonly string[]> {
  const { plan, stored } = release;
  if (stored === undefined) return [];
  const { namespace, service } = plan;
  const promoted = await cluster.get("Deployment", namespace, plan.candidate);
  if (promoted === undefined) return [];
  const predecessors = await predecessorsOf(cluster, plan, promoted);

  // Autoscalers that no manifest brings, but that scale the version which is about to go or has just gone.
  const brought = stored.rest.filter(({ kind }) => kind === "HorizontalPodAutoscaler");
  const scalers = (await cluster.list("HorizontalPodAutoscaler", namespace)).filter(
    (scaler) => !brought.some(({ metadata }) => metadata.name === scaler.metadata.name),
  );
  const foreign = scalers.flatMap((scaler) => {
    const following = followDeployment(scaler, predecessors, promoted);
    return following === scaler ? [] : [following];
  });

  const refused: string[] = [];
  for (const object of [...followed(stored.rest, predecessors, promoted), ...foreign]) {
    try {
      await update(cluster, log, namespace, service, object);
    } catch (error) {
      if (!(error instanceof InvalidError) && !(error instanceof RefusedError)) throw error;
      // The answer may hold the whole object.
      const what = `${kindOf(object)} ${object.metadata.name}: ${cutSentence(reasonOf(error).replace(/\.$/, ""), 300)}`;
      log.warn(`Not applied: ${what}.`);
      refused.push(`not applied: ${what}`);
    }
  }
  return refused;
}

/** The Deployments that objects may belong to by name or by label: the manifest's, and the baseline, though it may be gone. */
async function predecessorsOf(
  cluster: Cluster,
  { namespace, baseline }: Plan,
  promoted: Deployment,
): Promise<readonly Deployment[]> {
  const inManifest = named(promoted, promoted.metadata.annotations?.[ANNOTATION.manifestName]);
  if (baseline === undefined) return [inManifest];
  const live = await cluster.get("Deployment", namespace, baseline);
  return [inManifest, live ?? named(promoted, baseline)];
}

function followed(objects: readonly KubeObject[], predecessors: readonly Deployment[], promoted: Deployment) {
  return objects.map((object) => followDeployment(object, predecessors, promoted));
}

function named(deployment: Deployment, name = deployment.metadata.name): Deployment {
  return { ...deployment, metadata: { ...deployment.metadata, name } };
}

/** Fields that the manifest sets, and null for those that it has taken away. */
function patchTo(object: KubeObject, live: KubeObject): object {
  const { apiVersion, kind, metadata, status, ...sections } = object;
  void [apiVersion, kind, status];
  const { labels, annotations } = metadata;
  const wanted = {
    metadata: { ...(labels && { labels }), ...(annotations && { annotations }) },
    ...sections,
  };
  return takenAway(object, live).reduce<object>((patch, { path }) => withNull(patch, path), wanted);
}

function withNull(value: unknown, [key = "", ...rest]: FieldPath): object {
  const record = isRecord(value) ? value : {};
  return { ...record, [key]: rest.length === 0 ? null : withNull(record[key], rest) };
}

async function create(cluster: Cluster, kind: KindBeside, object: KubeObject): Promise<void> {
  try {
    await cluster.create<Kind>(kind, object as never);
  } catch (error) {
    // Somebody, perhaps an earlier life of this process, was faster.
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
}

/** The object as it is created: in the namespace of the app, with our label. */
export function labelled(object: KubeObject, namespace: string, service: string): KubeObject {
  const labels = { ...object.metadata.labels, [LABEL.service]: service };
  return { ...object, metadata: { ...object.metadata, namespace, labels } };
}

/** The manifest policy lets no other kind through. */
export function kindOf(object: KubeObject): KindBeside {
  const kind = KINDS_BESIDE.find((one) => one === object.kind);
  if (kind === undefined) throw new Error(`a ${object.kind} got past the manifest policy`);
  return kind;
}

/**
 * One release of a service at a time. The lock is a Lease whose holder is a PipelineRun; it holds as long as that run exists
 * and is not done, so nothing expires by the clock and a dead run's lock is free at once.
 */
import { ANNOTATION, LABEL, leaseName, shortRevision } from "../experiment/names.ts";
import type { Clock } from "../ports/clock.ts";
import type { Cluster } from "../ports/cluster.ts";
import { AlreadyExistsError, ConflictError, NotFoundError } from "../ports/errors.ts";
import type { Lease } from "../ports/kinds.ts";
import type { Log } from "../ports/log.ts";
import { experimentOfRun } from "./experiments.ts";
import { findRun, isActive, parseRunIdentity, type Run, runIdentity } from "./run.ts";

export interface LockWish {
  readonly run: Run;
  readonly service: string;
  readonly namespace: string;
  readonly revision: string;
  /** Whether an older release is asked to end, or waited for. */
  readonly onNewCommit: "supersede" | "wait";
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** A run that wrote itself down on the Lease: the one that holds it, and those that wait. */
export interface Enrolled {
  /** runIdentity of the run. */
  readonly run: string;
  readonly revision: string;
  /** When the PipelineRun was created: the newer one goes first. */
  readonly created: string;
}

export type Locked =
  /** `abandoned`: runs that ended without taking themselves off the Lease, so perhaps without telling their commit. */
  | { readonly kind: "held"; readonly abandoned: readonly Enrolled[] }
  /** A newer run waits too: this one gives up its place. */
  | { readonly kind: "superseded"; readonly by: string }
  | { readonly kind: "timeout"; readonly holder: string };

interface LockWorld {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly log: Log;
}

const EVERY_MS = 1000;

/** Waits for the lock of a service. Throws what the cluster throws. */
export async function takeLock(world: LockWorld, wish: LockWish): Promise<Locked> {
  const { cluster, clock, log } = world;
  const end = clock.now() + wish.timeoutMs;
  const created = (await findRun(cluster, wish.run))?.metadata.creationTimestamp;
  const mine: Enrolled = {
    run: runIdentity(wish.run),
    revision: wish.revision,
    created: created ?? new Date(clock.now()).toISOString(),
  };
  let said = "";

  for (;;) {
    try {
      const turn = await tryOnce(cluster, wish, mine);
      if (turn.kind !== "wait") return turn;
      if (said !== turn.holder) {
        said = turn.holder;
        const how = wish.onNewCommit === "supersede" ? "asking it to end" : "waiting for its end";
        log.info(`Run ${turn.holder} is releasing ${wish.service}: ${how}.`);
      }
      if (clock.now() >= end) {
        await leave(cluster, wish.namespace, wish.service, wish.run);
        return { kind: "timeout", holder: turn.holder };
      }
    } catch (error) {
      const overtaken =
        error instanceof AlreadyExistsError ||
        error instanceof ConflictError ||
        error instanceof NotFoundError;
      // Somebody was faster: look again at once.
      if (overtaken) continue;
      throw error;
    }
    await clock.sleep(EVERY_MS, wish.signal);
  }
}

type Turn =
  | Extract<Locked, { kind: "held" | "superseded" }>
  | { readonly kind: "wait"; readonly holder: string };

async function tryOnce(cluster: Cluster, wish: LockWish, mine: Enrolled): Promise<Turn> {
  const { namespace, service } = wish;
  const lease = await cluster.get("Lease", namespace, leaseName(service));
  if (lease === undefined) {
    await cluster.create("Lease", newLease(wish, mine));
    return { kind: "held", abandoned: [] };
  }
  const others = enrolledOn(lease).filter((one) => one.run !== mine.run);
  const alive = await aliveOf(cluster, others);
  const holder = lease.spec?.holderIdentity ?? "";
  if (holder === mine.run) return { kind: "held", abandoned: [] };
  const newer = alive.find((one) => one.run !== holder && isNewer(one, mine));
  if (newer !== undefined) {
    await write(cluster, lease, others);
    return { kind: "superseded", by: shortRevision(newer.revision) };
  }
  const holderRun = parseRunIdentity(holder);
  if (holderRun === undefined || !isActive(await findRun(cluster, holderRun))) {
    await write(cluster, lease, [...alive, mine], mine.run);
    return { kind: "held", abandoned: others.filter((one) => !alive.includes(one)) };
  }
  if (others.length === enrolledOn(lease).length) await write(cluster, lease, [...others, mine]);
  if (wish.onNewCommit === "supersede") await askToEnd(cluster, wish, holderRun);
  return { kind: "wait", holder: holderRun.name };
}

export async function holdsLock(
  cluster: Cluster,
  namespace: string,
  service: string,
  run: Run,
): Promise<boolean> {
  const lease = await cluster.get("Lease", namespace, leaseName(service));
  return lease?.spec?.holderIdentity === runIdentity(run);
}

/** Gives the lock back, if `run` holds it, and its place in the queue, if it waits. */
export async function leave(cluster: Cluster, namespace: string, service: string, run: Run): Promise<void> {
  const me = runIdentity(run);
  for (;;) {
    const lease = await cluster.get("Lease", namespace, leaseName(service));
    if (lease === undefined) return;
    const enrolled = enrolledOn(lease);
    const others = enrolled.filter((one) => one.run !== me);
    const held = lease.spec?.holderIdentity === me;
    if (!held && others.length === enrolled.length) return;
    try {
      await write(cluster, lease, others, held ? null : undefined);
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) && !(error instanceof NotFoundError)) throw error;
    }
  }
}

function newLease(wish: LockWish, mine: Enrolled): Lease {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: leaseName(wish.service),
      namespace: wish.namespace,
      labels: { [LABEL.service]: wish.service },
      annotations: { [ANNOTATION.runs]: JSON.stringify([mine]) },
    },
    spec: { holderIdentity: mine.run },
  };
}

function enrolledOn(lease: Lease): readonly Enrolled[] {
  try {
    return JSON.parse(lease.metadata.annotations?.[ANNOTATION.runs] ?? "[]");
  } catch {
    // Somebody edited it; waiting runs write themselves down again within a second.
    return [];
  }
}

async function aliveOf(cluster: Cluster, enrolled: readonly Enrolled[]): Promise<readonly Enrolled[]> {
  const found = await Promise.all(
    enrolled.map(async (one) => {
      const run = parseRunIdentity(one.run);
      return run !== undefined && isActive(await findRun(cluster, run));
    }),
  );
  return enrolled.filter((_, index) => found[index]);
}

function isNewer(one: Enrolled, other: Enrolled): boolean {
  if (one.created === other.created) return one.run > other.run;
  return Date.parse(one.created) > Date.parse(other.created);
}

async function write(
  cluster: Cluster,
  lease: Lease,
  enrolled: readonly Enrolled[],
  holderIdentity?: string | null,
): Promise<void> {
  const { namespace = "", name, resourceVersion } = lease.metadata;
  await cluster.patch("Lease", namespace, name, {
    metadata: { resourceVersion, annotations: { [ANNOTATION.runs]: JSON.stringify(enrolled) } },
    ...(holderIdentity !== undefined && { spec: { holderIdentity } }),
  });
}

/** The loop of the older release reads this annotation every second. */
async function askToEnd(cluster: Cluster, wish: LockWish, holder: Run): Promise<void> {
  const older = await experimentOfRun(cluster, wish.namespace, holder.uid);
  if (older === undefined || older.status?.phase === "Completed") return;
  if (older.metadata.annotations?.[ANNOTATION.supersededBy] !== undefined) return;
  await cluster.patch("Experiment", wish.namespace, older.metadata.name, {
    metadata: {
      uid: older.metadata.uid,
      annotations: { [ANNOTATION.supersededBy]: shortRevision(wish.revision) },
    },
  });
}

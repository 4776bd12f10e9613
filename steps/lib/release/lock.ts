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

export type Locked =
  | { readonly kind: "held" }
  /** A newer run waits too: this one gives up its place. */
  | { readonly kind: "superseded"; readonly by: string }
  | { readonly kind: "timeout"; readonly holder: string };

interface Waiting {
  /** runIdentity of the run that waits. */
  readonly run: string;
  readonly revision: string;
  /** When the PipelineRun was created: the newer one goes first. */
  readonly created: string;
}

const EVERY_MS = 1000;

/** Waits for the lock of a service. Throws what the cluster throws. */
export async function takeLock(
  world: { cluster: Cluster; clock: Clock; log: Log },
  wish: LockWish,
): Promise<Locked> {
  const { cluster, clock, log } = world;
  const end = clock.now() + wish.timeoutMs;
  const me = runIdentity(wish.run);
  const created =
    (await findRun(cluster, wish.run))?.metadata.creationTimestamp ?? new Date(clock.now()).toISOString();
  const mine: Waiting = { run: me, revision: wish.revision, created };
  let said = "";

  for (;;) {
    try {
      const lease = await cluster.get("Lease", wish.namespace, leaseName(wish.service));
      if (lease === undefined) {
        await cluster.create("Lease", newLease(wish, me));
        return { kind: "held" };
      }
      const holder = lease.spec?.holderIdentity ?? "";
      if (holder === me) return { kind: "held" };
      const newer = await newerWaiting(cluster, lease, mine);
      if (newer !== undefined) {
        await forget(cluster, lease, me);
        return { kind: "superseded", by: shortRevision(newer.revision) };
      }
      const holderRun = parseRunIdentity(holder);
      if (holderRun === undefined || !isActive(await findRun(cluster, holderRun))) {
        await cluster.patch("Lease", wish.namespace, lease.metadata.name, {
          metadata: {
            resourceVersion: lease.metadata.resourceVersion,
            annotations: {
              [ANNOTATION.waiting]: JSON.stringify(waitingOn(lease).filter((one) => one.run !== me)),
            },
          },
          spec: { holderIdentity: me },
        });
        return { kind: "held" };
      }
      if (said !== holder) {
        said = holder;
        const how = wish.onNewCommit === "supersede" ? "asking it to end" : "waiting for its end";
        log.info(`Run ${holderRun.name} is releasing ${wish.service}: ${how}.`);
      }
      await queue(cluster, lease, mine);
      if (wish.onNewCommit === "supersede") await askToEnd(cluster, wish, holderRun);
      if (clock.now() >= end) {
        await forget(cluster, lease, me);
        return { kind: "timeout", holder: holderRun.name };
      }
    } catch (error) {
      // Somebody was faster: look again at once.
      if (
        error instanceof AlreadyExistsError ||
        error instanceof ConflictError ||
        error instanceof NotFoundError
      )
        continue;
      throw error;
    }
    await clock.sleep(EVERY_MS, wish.signal);
  }
}

/** Gives the lock back, if `run` holds it. */
export async function releaseLock(
  cluster: Cluster,
  namespace: string,
  service: string,
  run: Run,
): Promise<void> {
  for (;;) {
    const lease = await cluster.get("Lease", namespace, leaseName(service));
    if (lease?.spec?.holderIdentity !== runIdentity(run)) return;
    try {
      await cluster.patch("Lease", namespace, lease.metadata.name, {
        metadata: { resourceVersion: lease.metadata.resourceVersion },
        spec: { holderIdentity: null },
      });
      return;
    } catch (error) {
      if (!(error instanceof ConflictError) && !(error instanceof NotFoundError)) throw error;
    }
  }
}

function newLease(wish: LockWish, holder: string): Lease {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: leaseName(wish.service),
      namespace: wish.namespace,
      labels: { [LABEL.service]: wish.service },
    },
    spec: { holderIdentity: holder },
  };
}

function waitingOn(lease: Lease): readonly Waiting[] {
  try {
    return JSON.parse(lease.metadata.annotations?.[ANNOTATION.waiting] ?? "[]");
  } catch {
    // Somebody edited it; waiting runs write themselves down again within a second.
    return [];
  }
}

/** A run that waits, is alive, and came after this one. */
async function newerWaiting(cluster: Cluster, lease: Lease, mine: Waiting): Promise<Waiting | undefined> {
  const isNewer = (one: Waiting) =>
    one.created === mine.created ? one.run > mine.run : Date.parse(one.created) > Date.parse(mine.created);
  for (const one of waitingOn(lease)) {
    if (one.run === mine.run || !isNewer(one)) continue;
    const run = parseRunIdentity(one.run);
    if (run !== undefined && isActive(await findRun(cluster, run))) return one;
  }
  return undefined;
}

async function queue(cluster: Cluster, lease: Lease, mine: Waiting): Promise<void> {
  const waiting = waitingOn(lease);
  if (waiting.some((one) => one.run === mine.run)) return;
  await writeWaiting(cluster, lease, [...waiting, mine]);
}

async function forget(cluster: Cluster, lease: Lease, me: string): Promise<void> {
  const waiting = waitingOn(lease);
  if (waiting.some((one) => one.run === me)) {
    await writeWaiting(
      cluster,
      lease,
      waiting.filter((one) => one.run !== me),
    );
  }
}

async function writeWaiting(cluster: Cluster, lease: Lease, waiting: readonly Waiting[]): Promise<void> {
  const { namespace = "", name, resourceVersion } = lease.metadata;
  await cluster.patch("Lease", namespace, name, {
    metadata: { resourceVersion, annotations: { [ANNOTATION.waiting]: JSON.stringify(waiting) } },
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

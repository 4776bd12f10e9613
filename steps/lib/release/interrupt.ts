/** SIGTERM: traffic to the safe side in the seconds that are left; whoever comes next decides. */
import type { Experiment, ExperimentStatus } from "../experiment/schema.ts";
import { isDown } from "../loop/baseline.ts";
import { podsNeeded } from "../loop/capacity.ts";
import type { Observation, Plan } from "../loop/model.ts";
import { currentWeight, withLoop } from "../loop/record.ts";
import { record } from "./drive.ts";
import { getExperiment } from "./experiments.ts";
import { holdsLock } from "./lock.ts";
import { look } from "./look.ts";
import type { Release, World } from "./release.ts";
import { setWeight } from "./route.ts";

/**
 * The candidate's share. One that was promoted gets everything only when it has the pods for it, or had everything before.
 * Undefined: the baseline has no ready pods, so the split stays and whoever comes next decides.
 */
function safeShare(plan: Plan, { loop }: ExperimentStatus, seen: Observation): 0 | 100 | undefined {
  const ready = seen.candidate?.ready ?? 0;
  const enough = loop?.movedAt !== undefined || ready >= podsNeeded(100, seen.baseline);
  if (loop?.verdict?.winner === "candidate" && enough) return 100;
  return ready > 0 && (seen.baseline === undefined || isDown(plan, seen)) ? undefined : 0;
}

/** Moves traffic to where the recorded verdict says, else to the baseline, and notes the interruption. */
export async function interrupt(world: World, release: Release, writer: string): Promise<void> {
  const { cluster, clock, log } = world;
  const { plan, experiment: own, run } = release;
  if (plan.baseline === undefined) return;
  const found = await getExperiment(cluster, own.namespace, own.name);
  let experiment: Experiment;
  if (found?.metadata.uid === own.uid) {
    if (found.status?.loop?.writer !== writer || found.status.phase === "Completed") return;
    const at = new Date(clock.now()).toISOString();
    experiment = await record(world, release, found, withLoop(found.status, { interrupted: at }));
  } else {
    // Somebody deleted it: as long as the lock is this run's, the split is too.
    if (run === undefined || !(await holdsLock(cluster, plan.namespace, plan.service, run))) return;
    experiment = release.experiment.loaded;
  }
  const known = { resumed: false, deleted: false, inHaste: true };
  const { seen, pair, route } = await look(world, release, experiment, known);
  const share = safeShare(plan, experiment.status ?? {}, seen);
  if (share === undefined) {
    log.warn(`Interrupted: ${plan.baseline} has no ready pods, so the split stays until somebody goes on.`);
    return;
  }
  if (seen.routed !== undefined && seen.routed !== share) await setWeight(world, release, pair, route, share);
  const weight = currentWeight(experiment.status ?? {});
  const where = share === 100 ? plan.candidate : plan.baseline;
  log.warn(`Interrupted at weight ${weight} %: all traffic goes to ${where} until somebody goes on.`);
}

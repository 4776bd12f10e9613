/** SIGTERM: traffic to the safe side in the seconds that are left; whoever comes next decides. */
import type { Experiment } from "../experiment/schema.ts";
import { currentWeight, withLoop } from "../loop/record.ts";
import { record } from "./drive.ts";
import { getExperiment } from "./experiments.ts";
import { holdsLock } from "./lock.ts";
import { look } from "./look.ts";
import type { Release, World } from "./release.ts";
import { setWeight } from "./route.ts";

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
  const share = experiment.status?.loop?.verdict?.winner === "candidate" ? 100 : 0;
  const known = { resumed: false, deleted: false, inHaste: true };
  const { seen, pair, route } = await look(world, release, experiment, known);
  if (seen.routed !== undefined && seen.routed !== share) await setWeight(world, release, pair, route, share);
  const weight = currentWeight(experiment.status ?? {});
  const where = share === 100 ? plan.candidate : plan.baseline;
  log.warn(`Interrupted at weight ${weight} %: all traffic goes to ${where} until somebody goes on.`);
}

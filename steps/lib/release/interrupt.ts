/** SIGTERM: traffic to the safe side in the seconds that are left; whoever comes next decides. */
import { currentWeight, withLoop } from "../loop/record.ts";
import { record } from "./drive.ts";
import { getExperiment } from "./experiments.ts";
import { look } from "./look.ts";
import type { Release, World } from "./release.ts";
import { setWeight } from "./route.ts";

/** Moves traffic to where the recorded verdict says, else to the baseline, and notes the interruption. */
export async function interrupt(world: World, release: Release, writer: string): Promise<void> {
  const { cluster, clock, log } = world;
  const { plan } = release;
  const experiment = await getExperiment(cluster, release.experiment.namespace, release.experiment.name);
  if (experiment?.metadata.uid !== release.experiment.uid || experiment.status?.loop?.writer !== writer)
    return;
  const { status } = experiment;
  if (status.phase === "Completed" || plan.baseline === undefined) return;

  const share = status.loop?.verdict?.winner === "candidate" ? 100 : 0;
  const noted = withLoop(status, { interrupted: new Date(clock.now()).toISOString() });
  const recorded = await record(world, release, experiment, noted);
  const known = { resumed: false, deleted: false, inHaste: true };
  const { seen, pair, route } = await look(world, release, recorded, known);
  if (seen.routed !== undefined && seen.routed !== share)
    await setWeight(cluster, release, pair, route, share);
  const where = share === 100 ? plan.candidate : plan.baseline;
  log.warn(
    `Interrupted at weight ${currentWeight(status)} %: all traffic goes to ${where} until somebody goes on.`,
  );
}

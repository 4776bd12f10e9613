/** A push that changes nothing in the pods: what else it changes is applied in place. */
import type { Outcome } from "../lib/experiment/outcome.ts";
import { differences, formatDifference } from "../lib/manifest/differences.ts";
import { followDeployment } from "../lib/manifest/follow.ts";
import type { Cluster } from "../lib/ports/cluster.ts";
import type { Deployment } from "../lib/ports/kinds.ts";
import type { Log } from "../lib/ports/log.ts";
import { isAutoscaled } from "../lib/release/autoscaled.ts";
import { updateAll } from "../lib/release/rest.ts";
import type { Config } from "./config.ts";
import { readyPods } from "./situation.ts";
import type { Pushed } from "./source.ts";

export async function applyInPlace(
  { cluster, log }: { cluster: Cluster; log: Log },
  config: Config,
  pushed: Pushed,
  live: Deployment,
): Promise<Outcome> {
  const { namespace, service } = config;
  const { name } = live.metadata;
  const { template: _same, selector: _immutable, ...given } = pushed.deployment.spec;
  // How many pods a version under an autoscaler has is no matter of the manifest: it says where scaling begins.
  const { replicas: _begin, ...unscaled } = given;
  const autoscaled = given.replicas !== undefined && (await isAutoscaled(cluster, namespace, name));
  const spec = autoscaled ? unscaled : given;
  const changed = differences(spec, live.spec, ["spec"]).map(formatDifference);
  if (changed.length > 0) {
    await cluster.patch("Deployment", namespace, name, { spec });
    log.info(`Changed Deployment ${name}: ${changed.join(", ")}.`);
  }
  const rest = pushed.rest.map((object) => followDeployment(object, [pushed.deployment], live));
  const others = await updateAll(cluster, log, namespace, service, rest);
  const all = [...(changed.length > 0 ? [`Deployment ${name}: ${changed.join(", ")}`] : []), ...others];
  const runs = `${name} runs this template already${readyPods(live.status) > 0 ? "" : " (none of its pods is ready)"}`;
  const sentence =
    all.length === 0
      ? `No change: ${runs}.`
      : `No canary needed: ${runs}; applied in place: ${all.join("; ")}.`;
  return { word: "no-change", reason: "SameTemplate", sentence };
}

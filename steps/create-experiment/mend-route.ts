/** Users first: a route to a version that is no more is mended before anybody is told how a release ended. */
import type { World } from "../lib/release/release.ts";
import { currentRoute, writeAll } from "../lib/release/route.ts";
import { addedSubsets } from "../lib/routes/marks.ts";
import { mend } from "../lib/routes/mend.ts";
import type { RouteTarget } from "../lib/routes/route.ts";
import type { Config } from "./config.ts";

export async function mendRoute(
  { cluster, clock, log }: World,
  { namespace, service: name }: Config,
  target: RouteTarget,
): Promise<void> {
  const route = await currentRoute(cluster, target);
  // Between releases there are none, and nothing more has to be read.
  if (route === undefined || addedSubsets(route.destinationRule).length === 0) return;
  const [service, deployments] = await Promise.all([
    cluster.get("Service", namespace, name),
    cluster.list("Deployment", namespace),
  ]);
  const mended = service === undefined ? undefined : mend(route, service, deployments);
  if (mended === undefined) return;
  const { dead, heir, writes } = mended;
  log.warn(
    `The route leads to ${dead.join(", ")}, which does not exist any more: all traffic goes to ${heir}.`,
  );
  await writeAll({ cluster, clock }, writes);
}

/** A push may change what belongs to its Service, and nothing of another app that happens to have the same name. */
import { foreignBecause } from "../lib/manifest/ownership.ts";
import type { Problem } from "../lib/manifest/problem.ts";
import type { Cluster } from "../lib/ports/cluster.ts";
import { kindOf } from "../lib/release/rest.ts";
import type { Config } from "./config.ts";
import type { Situation } from "./situation.ts";
import type { Pushed } from "./source.ts";
import { rejectedFor } from "./stop.ts";

/** Throws Stop with every object of the manifest, beside the Deployment, that exists and is somebody else's. */
export async function refuseForeign(
  cluster: Cluster,
  config: Config,
  pushed: Pushed,
  { service, deployments }: Situation,
): Promise<void> {
  const problems: Problem[] = [];
  for (const object of pushed.rest) {
    const kind = kindOf(object);
    const live = await cluster.get(kind, config.namespace, object.metadata.name);
    const why = live === undefined ? undefined : foreignBecause({ ...live, kind }, { service, deployments });
    if (why !== undefined) problems.push({ file: config.manifestPath, message: why });
  }
  if (problems.length > 0) throw rejectedFor(problems);
}

/** The candidate of a release: its name, its Deployment, and whether it can become one. */
import { candidateName, prepareCandidate } from "../lib/manifest/candidate.ts";
import { selects } from "../lib/manifest/labels.ts";
import { isOurs } from "../lib/manifest/policy.ts";
import type { Deployment } from "../lib/ports/kinds.ts";
import type { Config } from "./config.ts";
import type { Situation } from "./situation.ts";
import type { Pushed } from "./source.ts";
import { rejected } from "./stop.ts";

/** The Deployment to apply. Throws Stop when the Service would not reach it, or when its name is somebody else's. */
export function makeCandidate(
  config: Config,
  pushed: Pushed,
  { deployments, service }: Situation,
  live: Deployment | undefined,
): Deployment {
  const name = candidateName(pushed.deployment.metadata.name, live, config.revision);
  const existing = deployments.find((one) => one.metadata.name === name);
  const candidate = prepareCandidate(pushed.deployment, {
    name,
    namespace: config.namespace,
    service: config.service,
    repository: config.repository,
    revision: config.revision,
    baseline: live,
    existing,
  });
  if (!selects(service, candidate)) {
    const selector = Object.entries(service.spec.selector ?? {}).map(([key, value]) => `${key}: ${value}`);
    throw rejected(
      `${pushed.manifestFile}: Service ${config.service} does not select the pods of Deployment ${pushed.deployment.metadata.name}; ` +
        `their labels must have ${selector.join(", ") || "what its selector says (it has none)"}.`,
    );
  }
  if (existing !== undefined && !selects(service, existing) && !isOurs(existing, config.service)) {
    throw rejected(
      `${pushed.manifestFile}: a Deployment ${name} exists that does not belong to Service ${config.service}; use another name.`,
    );
  }
  return candidate;
}

/**
 * Asks the API by a dry run whether it takes what the release will create. A misspelt field, a port out of range and what a
 * policy of the cluster forbids are found here, where nothing was touched yet, and not when the candidate is applied.
 */
import { type FieldPath, parsePath } from "../lib/manifest/plain-data.ts";
import type { Problem } from "../lib/manifest/problem.ts";
import { AlreadyExistsError, InvalidError, RefusedError, reasonOf } from "../lib/ports/errors.ts";
import type { Deployment, Kind, KubeObject } from "../lib/ports/kinds.ts";
import type { World } from "../lib/release/release.ts";
import { kindOf, labelled } from "../lib/release/rest.ts";
import type { Config } from "./config.ts";
import type { Pushed } from "./source.ts";
import { rejectedFor } from "./stop.ts";

interface Trial {
  /** As it was pushed. */
  readonly pushed: KubeObject;
  readonly kind: Kind;
  /** As it will be created. */
  readonly object: KubeObject;
}

/** Throws Stop with everything that the API does not take. `deployment` is the pushed one as it will be created. */
export async function tryOut(
  world: World,
  config: Config,
  pushed: Pushed,
  deployment: Deployment,
): Promise<void> {
  const problems: Problem[] = [];
  for (const trial of await trials(world, config, pushed, deployment)) {
    const why = await refusedBecause(world, trial);
    if (why === undefined) continue;
    const { kind, metadata } = trial.pushed;
    const message = `${kind} ${metadata.name}: ${why}`;
    problems.push({ ...pushed.placeOf(trial.pushed, fieldIn(why)), message });
  }
  if (problems.length > 0) throw rejectedFor(problems);
}

/** What is there already is changed on promotion, and its numbers, such as a node port, are taken by itself. */
async function trials(
  { cluster }: World,
  { namespace, service }: Config,
  { deployment: pushed, rest }: Pushed,
  deployment: Deployment,
): Promise<readonly Trial[]> {
  const object = { ...deployment, metadata: { ...deployment.metadata, namespace } };
  const found: Trial[] = [{ pushed, kind: "Deployment", object }];
  for (const one of rest) {
    const kind = kindOf(one);
    const live = await cluster.get(kind, namespace, one.metadata.name);
    if (live === undefined) found.push({ pushed: one, kind, object: labelled(one, namespace, service) });
  }
  return found;
}

/** What the API, or an admission policy, has against it. That a quota is used up, say, is no fault of the push. */
async function refusedBecause({ cluster, log }: World, { kind, object }: Trial): Promise<string | undefined> {
  try {
    await cluster.create(kind, object as never, "dry-run");
    return undefined;
  } catch (error) {
    // It has looked at the object before it looked for the name.
    if (error instanceof AlreadyExistsError) return undefined;
    if (!(error instanceof InvalidError) && !(error instanceof RefusedError)) throw error;
    if (isAboutTheObject(error)) return withoutObject(reasonOf(error));
    log.warn(`Whether it will be accepted is seen only when it is created: ${error.message}.`);
    return undefined;
  }
}

/** An admission webhook may refuse as it likes; one with side effects makes every dry run a bad request. */
function isAboutTheObject(error: InvalidError | RefusedError): boolean {
  return error instanceof InvalidError
    ? !error.message.includes("does not support dry run")
    : error.message.includes("denied the request");
}

/** The API's words without those that repeat which object they are about. */
function withoutObject(reason: string): string {
  return reason
    .replace(/^.* cannot be handled as an? \w+: /, "")
    .replace(/^strict decoding error: /, "")
    .replace(/^[\w.]+ "[^"]*" is invalid: /, "");
}

/** The first field that the reason names. */
function fieldIn(reason: string): FieldPath {
  const [, unknown, invalid] =
    /^(?:unknown field "([^"]+)"|\[?((?:metadata|spec|data)\b[^:\s]*))/.exec(reason) ?? [];
  return parsePath(unknown ?? invalid ?? "");
}

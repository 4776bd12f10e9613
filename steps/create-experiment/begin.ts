/** Writes a release down and prepares its route: from here on there is something to end. */
import { shortRevision } from "../lib/experiment/names.ts";
import type { ExperimentSpec } from "../lib/experiment/schema.ts";
import { EXIT } from "../lib/process/exit-codes.ts";
import type { StepEnd } from "../lib/process/step.ts";
import type { World } from "../lib/release/release.ts";
import { lookUp, writeAll } from "../lib/release/route.ts";
import { prepare, prepareFirst } from "../lib/routes/plan.ts";
import type { RouteTarget, RouteWrite } from "../lib/routes/route.ts";
import type { Comparison } from "./comparison.ts";
import type { Config } from "./config.ts";
import { checkCriteria } from "./criteria.ts";
import type { Pushed } from "./source.ts";
import { rejected } from "./stop.ts";
import { storedOf, writeExperiment, writeStored } from "./write.ts";

export async function begin(
  world: World,
  config: Config,
  pushed: Pushed,
  spec: ExperimentSpec,
  target: RouteTarget,
  comparison: Exclude<Comparison, { kind: "same" }>,
): Promise<StepEnd> {
  const { candidate, deployment } = comparison;
  const baseline = comparison.kind === "canary" ? comparison.baseline.name : undefined;
  sayNames(world, config, pushed, baseline, candidate.name);
  // What is wrong with an experiment that nobody wrote is in no file.
  const named = pushed.spec === undefined ? { ...config, experimentPath: "the default experiment" } : config;
  const metrics = baseline === undefined ? {} : await checkCriteria(world, named, spec, baseline);
  // Refused routes are told before anything is written.
  await planRoute(world, target, comparison);

  const wanted = { candidate: candidate.name, baseline, spec, metrics };
  const experiment = await writeExperiment(world, config, wanted);
  await writeStored(world, config, experiment, storedOf(deployment, pushed.rest, pushed.properties));
  await writeAll(world, await planRoute(world, target, comparison));
  const commit = shortRevision(config.revision);
  return {
    exitCode: EXIT.done,
    sentence:
      baseline === undefined
        ? `First deployment of ${config.service}: ${candidate.name} of ${commit} will be applied, there is nothing to compare it with.`
        : `Experiment ${candidate.name} of ${commit} created: ${baseline} keeps all traffic until ${candidate.name} is available.`,
    results: {
      next: comparison.kind,
      experiment: candidate.name,
      outcome: "",
      reason: "",
      sentence: "",
    },
  };
}

async function planRoute(
  { cluster }: World,
  target: RouteTarget,
  comparison: Exclude<Comparison, { kind: "same" }>,
): Promise<readonly RouteWrite[]> {
  const owner = { name: comparison.candidate.name, namespace: target.namespace };
  const found = await lookUp(cluster, target);
  if (found.kind === "refused") throw rejected(found.problem);
  if (comparison.kind === "first") return prepareFirst(found.route, owner);
  const plan = prepare(found.route, comparison, owner);
  if (plan.kind === "refused") throw rejected(plan.problem);
  return plan.writes;
}

/** The names in a pushed experiment are a template; where they are not the real ones the log says so. */
function sayNames(
  { log }: World,
  { experimentPath }: Config,
  { spec, experimentName }: Pushed,
  baseline: string | undefined,
  candidate: string,
): void {
  const differ = [
    ["experiment", experimentName, candidate],
    ["baseline", spec?.targetService.baseline, baseline],
    ["candidate", spec?.targetService.candidate, candidate],
  ].filter(([, named, real]) => named !== undefined && real !== undefined && named !== real);
  if (differ.length === 0) return;
  const names = differ.map(([what, named, real]) => `${what} ${real} (there ${named})`);
  log.info(`The names in ${experimentPath} are a template; this release has: ${names.join(", ")}.`);
}

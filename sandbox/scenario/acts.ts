/** What a scenario does to its world besides pushing: faults, cancellations, and what other people do. */
import { formatDuration } from "../../steps/lib/experiment/duration.ts";
import type { HttpRule, Kind } from "../../steps/lib/ports/kinds.ts";
import { PIPELINE_NAMESPACE } from "../world/install.ts";
import type { Act } from "./schema.ts";
import { splitOfRule } from "./split.ts";
import { experimentOf, type Played, type Stage, subjectOf } from "./stage.ts";

const CANCELS = { hard: "Cancelled", finally: "CancelledRunFinally", stop: "StoppedRunFinally" } as const;

/** The act as people read it, e.g. `kill wait-and-cleanup`. */
export function textOf(act: Act): string {
  const [entry] = Object.entries(act).filter(([, value]) => value !== undefined);
  const [name, value] = entry ?? ["nothing", ""];
  if (act.outage !== undefined) return `outage of ${act.outage.of} for ${formatDuration(act.outage.for)}`;
  if (name === "push") return `push "${act.push?.message ?? ""}"`;
  return `${name} ${typeof value === "string" ? value : words(value)}`;
}

/**
 * Does everything at once but what lasts: `push`, `outage` and `restart`. Resolves to false when there was nothing to do it to yet (no such process, no
 * Experiment), so that it may be tried again.
 */
export async function perform(stage: Stage, played: Played, act: Act): Promise<boolean> {
  const { world, onlooker } = stage;
  const run = played.runs.at(-1);
  const { namespace } = subjectOf(stage, run);
  if (act.kill !== undefined) return (await world.kill(act.kill, run)) > 0;
  if (act.terminate !== undefined) return (await world.terminate(act.terminate, run)) > 0;
  if (act.evict !== undefined) return (await world.evict(act.evict, run)) > 0;
  if (act.cancel !== undefined) {
    const spec = { status: CANCELS[act.cancel] };
    if (run === undefined) return false;
    return await patch(stage, "PipelineRun", PIPELINE_NAMESPACE, run, { spec });
  }
  if (act.metrics !== undefined) await world.metrics(act.metrics);
  if (act.github !== undefined) world.forge.become(act.github);
  if (act.api !== undefined) world.failCalls(act.api);
  if (act.weights !== undefined) return await overwrite(stage, run, act.weights);
  if (act.action !== undefined) {
    const experiment = run === undefined ? undefined : experimentOf(stage, run);
    if (experiment === undefined) return false;
    return await patch(stage, "Experiment", namespace, experiment.metadata.name, { action: act.action });
  }
  if (act.delete !== undefined) {
    const { kind, name } = act.delete;
    if (onlooker.view.get(kind as Kind, namespace, name) === undefined) return false;
    await world.remove(kind, namespace, name);
  }
  if (act.scale !== undefined) {
    const { name, replicas } = act.scale;
    return await patch(stage, "Deployment", namespace, name, { spec: { replicas } });
  }
  return true;
}

async function patch(
  { world, onlooker }: Stage,
  kind: Kind,
  namespace: string,
  name: string,
  change: object,
): Promise<boolean> {
  if (onlooker.view.get(kind, namespace, name) === undefined) return false;
  await world.patch(kind, namespace, name, change);
  return true;
}

/** Somebody writes the route: every destination of the managed rule whose Deployment is named gets that weight. */
async function overwrite(
  stage: Stage,
  run: string | undefined,
  weights: Readonly<Record<string, number>>,
): Promise<boolean> {
  const { onlooker } = stage;
  const subject = subjectOf(stage, run);
  const leadsTo = (rules: readonly HttpRule[], deployment: string) =>
    rules.some((rule) => deployment in splitOfRule(onlooker.view, subject, rule));
  const route = onlooker.view
    .list("VirtualService", subject.namespace)
    .find(({ spec }) => Object.keys(weights).every((name) => leadsTo(spec.http ?? [], name)));
  if (route === undefined) return false;
  const http = (route.spec.http ?? []).map((rule) => ({
    ...rule,
    route: rule.route?.map((one) => {
      const [name] = Object.keys(splitOfRule(onlooker.view, subject, { route: [{ ...one, weight: 100 }] }));
      const weight = name === undefined ? undefined : weights[name];
      return weight === undefined ? one : { ...one, weight };
    }),
  }));
  return await patch(stage, "VirtualService", subject.namespace, route.metadata.name, { spec: { http } });
}

function words(value: unknown): string {
  return Object.entries(value as Readonly<Record<string, unknown>>)
    .map(([key, one]) => `${key} ${String(one)}`)
    .join(", ");
}

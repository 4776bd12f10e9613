/** One push to a shop that runs, and everything that anybody can learn of it afterwards. */
import type { VirtualWorld } from "../../../sandbox/virtual/world.ts";
import { cutSentence } from "../../../steps/lib/experiment/cut-sentence.ts";
import { KINDS, type KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { EXPERIMENT, manifest, NAMESPACE, type ShopOptions, startShop } from "../../simulation/shop.ts";
import { createVirtualClock } from "../../support/virtual-clock.ts";

/** What GitHub shows of a status. */
const SHOWN = 140;

export interface Push {
  /** Files of the commit that differ from a release that would succeed; null: not there. */
  readonly files?: Readonly<Record<string, string | null>>;
  readonly shop?: Omit<ShopOptions, "clock">;
  /** Changes the world before the push. */
  readonly before?: (world: VirtualWorld) => void;
}

/** Pushes, runs the pipeline to its end, and tells what became of it. */
export async function pushed({ files = {}, shop = {}, before }: Push) {
  const clock = createVirtualClock();
  const world = startShop({ clock, ...shop });
  await clock.runFor(5000);
  if (before !== undefined) world.stage(() => before(world));
  await clock.runFor(5000);
  const revision = world.repository.push({
    "config/deploy.yaml": manifest("example/web:2"),
    "iter8/experiment.yaml": EXPERIMENT,
    ...files,
  });
  const cluster = objects(world);
  const run = world.start(revision);
  await clock.runUntil(run.over);
  const create = await run.processes.get("create-experiment")?.exited;
  const end = create?.kind === "ended" ? create.end : undefined;
  const log = world.lines
    .filter((line) => line.startsWith("create-experiment: "))
    .map((line) => line.slice("create-experiment: ".length));
  const statuses = world.repository.posted.filter((one) => one.revision === revision);
  return {
    world,
    clock,
    run,
    revision,
    short: revision.slice(0, 7),
    exitCode: end?.exitCode,
    results: end?.results ?? {},
    log,
    states: statuses.map((one) => one.state),
    description: statuses.at(-1)?.description ?? "",
    /** The description as a reader of the commit sees it. */
    shown: cutSentence(statuses.at(-1)?.description ?? "", SHOWN),
    changes: differences(cluster, objects(world)),
  };
}

/** Runs are Tekton's, and a lock that is free again is nothing. */
const NOT_OURS = new Set(["PipelineRun", "TaskRun"]);

function objects(world: VirtualWorld): ReadonlyMap<string, string> {
  const all = Object.keys(KINDS)
    .filter((kind) => !NOT_OURS.has(kind))
    .flatMap((kind) => world.store.list(kind))
    .filter((object) => !isFreeLease(object));
  return new Map(
    all.map((object) => [
      `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`,
      JSON.stringify(object),
    ]),
  );
}

function isFreeLease(object: KubeObject): boolean {
  return object.kind === "Lease" && !(object["spec"] as { holderIdentity?: string | null }).holderIdentity;
}

function differences(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => before.get(name) !== after.get(name));
}

export function experimentOf(world: VirtualWorld, name: string): KubeObject | undefined {
  return world.store.get("Experiment", NAMESPACE, name);
}

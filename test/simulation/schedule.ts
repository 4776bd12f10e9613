/** One seeded schedule of pushes and faults on the shop, played in virtual time to its end; then clean pushes. */

import type { VirtualRun } from "../../sandbox/virtual/pipeline.ts";
import { seededRandom } from "../../sandbox/virtual/random.ts";
import type { VirtualWorld } from "../../sandbox/virtual/world.ts";
import type { Behaviour } from "../../sandbox/workloads/behaviour.ts";
import type { KubeObject, Lease, VirtualService } from "../../steps/lib/ports/kinds.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { experimentFor, manifest, NAMESPACE, OWN_ROUTE, startShop, WAYS } from "./shop.ts";

export interface Played {
  readonly seed: number;
  /** What happened, in order, for a person who looks into a failure. */
  readonly story: readonly string[];
  /** What is wrong; nothing when the schedule passes. */
  readonly breaches: readonly string[];
  readonly lines: readonly string[];
}

const CANDIDATES: readonly (readonly [string, Behaviour])[] = [
  ["fine", {}],
  ["a few errors", { errors: 5 }],
  ["all errors", { errors: 100 }],
  ["crashes", { crash: true }],
  // biome-ignore lint/suspicious/noThenProperty: the word that scenario files use
  ["crashes later", { then: { after: 9000, crash: true } }],
  ["slow to start", { "ready-after": 4000 }],
  ["hangs", { hang: true }],
  ["cannot be pulled", { pull: false }],
];

const STEPS = [
  "create-experiment",
  "apply-candidate",
  "wait-and-cleanup",
  "settle",
  "status-terminal",
] as const;
const HOURS_MS = 4 * 3_600_000;
const CLEAN_MS = 300_000;

export async function playSchedule(seed: number): Promise<Played> {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const clock = createVirtualClock();
  const way = pick(WAYS);
  const images = Object.fromEntries([2, 3, 4].map((n) => [`example/web:${n}`, pick(CANDIDATES)] as const));
  const world = startShop({
    clock,
    seed,
    rate: pick([0, 5, 50]),
    replicas: pick([1, 2, 5]),
    images: {
      ...Object.fromEntries(Object.entries(images).map(([image, [, behaviour]]) => [image, behaviour])),
      "example/web:8": {},
      "example/web:9": {},
    },
    params: { PARAM_ON_NEW_COMMIT: pick(["supersede", "wait"]) },
    more: way === "own route" ? [OWN_ROUTE] : [],
  });
  const story: string[] = [`the users come through: ${way}`];
  const runs: VirtualRun[] = [];
  const start = clock.now();
  const tell = (text: string) => story.push(`${((clock.now() - start) / 1000).toFixed(2)} s: ${text}`);

  const push = (image: string): void => {
    tell(`push of ${image} (${images[image]?.[0] ?? "fine"})`);
    const files = { "config/deploy.yaml": manifest(image), "iter8/experiment.yaml": experimentFor(way) };
    runs.push(world.start(world.repository.push(files)));
  };
  const deploymentNames = () => world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name);
  const openExperiment = () =>
    world.store
      .list<KubeObject & { readonly status?: { readonly phase?: string } }>("Experiment", NAMESPACE)
      .find((one) => one.status?.phase !== "Completed")?.metadata.name;
  const removed = (kind: string, name: string | undefined) => {
    if (name !== undefined && world.store.get(kind, NAMESPACE, name) !== undefined)
      world.stage(() => world.store.remove(kind, NAMESPACE, told(name)));
  };
  const faults: Record<string, () => void> = {
    kill: () =>
      runs
        .at(-1)
        ?.processes.get(told(pick(STEPS)))
        ?.kill(),
    terminate: () =>
      runs
        .at(-1)
        ?.processes.get(told(pick(STEPS)))
        ?.terminate(),
    "cancel gracefully": () => runs.at(-1)?.cancel("CancelledRunFinally"),
    "cancel hard": () => runs.at(-1)?.cancel("Cancelled"),
    "metrics away": () => away(world.metrics, pick([3000, 20_000, 200_000])),
    "API away": () => away(world.api, pick([500, 5000, 25_000])),
    "GitHub away": () => away(world.repository, pick([2000, 60_000])),
    "control plane away": () => {
      world.users.frozen = true;
      void clock.sleep(pick([2000, 30_000])).then(() => world.users.thaw());
    },
    action: () => {
      const action = pick(["pause", "resume", "override_success", "override_failure"]);
      const open = openExperiment();
      if (open !== undefined)
        world.stage(() => world.store.patch("Experiment", NAMESPACE, open, { action: told(action) }));
    },
    "delete the Experiment": () => removed("Experiment", openExperiment()),
    "delete the candidate": () => removed("Deployment", openExperiment()),
    "delete the baseline": () => {
      removed(
        "Deployment",
        deploymentNames().find((name) => name !== openExperiment()),
      );
    },
    "scale the candidate to nothing": () => {
      const open = openExperiment();
      if (open !== undefined && deploymentNames().includes(open))
        world.stage(() => world.store.patch("Deployment", NAMESPACE, open, { spec: { replicas: 0 } }));
    },
    "scale the baseline to nothing": () => {
      const name = deploymentNames().find((one) => one !== openExperiment());
      if (name !== undefined)
        world.stage(() => world.store.patch("Deployment", NAMESPACE, name, { spec: { replicas: 0 } }));
    },
    "overwrite the weights": () => {
      const [route] = world.store.list<VirtualService>("VirtualService", NAMESPACE);
      const rule = route?.spec.http?.find((one) => (one.route ?? []).length === 2);
      if (route === undefined || rule === undefined) return;
      const even = rule.route?.map((one) => ({ ...one, weight: 50 }));
      const http = route.spec.http?.map((one) => (one === rule ? { ...one, route: even ?? [] } : one)) ?? [];
      world.stage(() =>
        world.store.replace({ ...route, spec: { ...route.spec, http } }, { manager: "kubectl-edit" }),
      );
    },
    "delete the DestinationRule": () =>
      removed("DestinationRule", world.store.list("DestinationRule", NAMESPACE)[0]?.metadata.name),
    "another push": () => push(pick(["example/web:2", "example/web:3", "example/web:4"])),
    "rerun by hand": () => {
      const last = runs.at(-1);
      if (last !== undefined) runs.push(world.start(last.revision, { byPush: false }));
    },
  };
  const told = <T extends string>(what: T): T => {
    story.push(`  (${what})`);
    return what;
  };
  const away = (part: { away: boolean }, ms: number) => {
    told(`for ${ms} ms`);
    part.away = true;
    void clock.sleep(ms).then(() => {
      part.away = false;
    });
  };

  await clock.runFor(5000);
  push("example/web:2");
  for (let fault = Math.floor(random() * 5); fault > 0; fault -= 1) {
    await clock.runFor(Math.floor(random() * 12_000));
    const name = pick(Object.keys(faults));
    tell(name);
    faults[name]?.();
  }

  const breaches: string[] = [];
  try {
    // A paused experiment waits for a person.
    const everybody = () => Promise.all(runs.map((run) => run.over));
    void clock.sleep(120_000).then(() => resumeAll());
    const resumeAll = () => {
      for (const experiment of world.store.list("Experiment", NAMESPACE)) {
        if (experiment["action"] === "pause") {
          world.stage(() =>
            world.store.patch("Experiment", NAMESPACE, experiment.metadata.name, { action: "resume" }),
          );
        }
      }
    };
    await clock.runUntil(everybody(), HOURS_MS);
    await clock.runFor(CLEAN_MS);
    // One that meets a version which crashes now and then may have to leave it to the next one.
    for (const image of ["example/web:9", "example/web:8"]) {
      tell("a clean push");
      push(image);
      await clock.runUntil(everybody(), HOURS_MS);
    }
  } catch (error) {
    breaches.push(`the runs did not end: ${error instanceof Error ? error.message : String(error)}`);
  }

  const names = deploymentNames();
  if (names.length !== 1) breaches.push(`left are the Deployments ${names.join(", ") || "(none)"}`);
  const holder = world.store.get<Lease>("Lease", NAMESPACE, "canary-web")?.spec?.holderIdentity ?? "";
  if (holder !== "") breaches.push(`the lock is held by ${holder}`);
  breaches.push(...routeLeft(way, world));
  // Proxies that do not hear of a new route go by the old one; the loop cannot help that, only wait with the removal.
  const deaf = story.some((line) => line.endsWith("control plane away"));
  const seen = world.violations();
  // A version that crashes after it was promoted is beyond a release, and so is one that somebody takes away.
  const taken = [
    "delete the baseline",
    "delete the candidate",
    "delete the DestinationRule",
    "scale the candidate to nothing",
    "scale the baseline to nothing",
  ];
  const noBaseline = story.some((line) => line.endsWith("delete the baseline"));
  const broken =
    Object.values(images).some(([name]) => name === "crashes later") ||
    story.some((line) => taken.some((fault) => line.endsWith(fault)));
  // With the record gone nobody can tell from outside that a verdict had come first.
  const forgotten = story.some((line) => line.endsWith("delete the Experiment"));
  const excused = (one: string) =>
    (forgotten && one.includes("got 100 % of the traffic")) ||
    (deaf && one.includes("although the route gave it nothing")) ||
    (noBaseline && one.includes("which has no ready pod")) ||
    // The pods of a Deployment that somebody deleted answer until the garbage collector comes.
    (noBaseline && one.includes("although the route gave it nothing")) ||
    (broken && one.includes("failed with 503"));
  breaches.push(...seen.filter((one) => !excused(one)));
  await world.stop();
  return { seed, story, breaches, lines: world.lines };
}

/** What may be left of the route between releases: what the users made or named, and nothing of a version. */
function routeLeft(way: (typeof WAYS)[number], { store }: VirtualWorld): readonly string[] {
  const rules = store.list("DestinationRule").map((one) => `a DestinationRule ${one.metadata.name} is left`);
  const routes = store.list<VirtualService>("VirtualService");
  if (way === "mesh")
    return [...rules, ...routes.map((one) => `a VirtualService ${one.metadata.name} is left`)];
  const destinations = routes.flatMap((one) => one.spec.http ?? []).flatMap((one) => one.route ?? []);
  const versions = destinations.filter((one) => one.destination.subset !== undefined);
  if (routes.length !== 1) rules.push(`${routes.length} VirtualServices are left`);
  return [...rules, ...versions.map((one) => `the route still names subset ${one.destination.subset}`)];
}

/** One seeded schedule of pushes and faults on the shop, played in virtual time to its end; then clean pushes. */
import { seededRandom } from "../../sandbox/virtual/random.ts";
import type { VirtualRun } from "../../sandbox/virtual/world.ts";
import type { Behaviour } from "../../sandbox/workloads/behaviour.ts";
import type { Lease } from "../../steps/lib/ports/kinds.ts";
import { createVirtualClock } from "../support/virtual-clock.ts";
import { EXPERIMENT, manifest, NAMESPACE, startShop } from "./shop.ts";

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
  });
  const story: string[] = [];
  const runs: VirtualRun[] = [];
  const start = clock.now();
  const tell = (text: string) => story.push(`${((clock.now() - start) / 1000).toFixed(2)} s: ${text}`);

  const push = (image: string): void => {
    tell(`push of ${image} (${images[image]?.[0] ?? "fine"})`);
    const files = { "config/deploy.yaml": manifest(image), "iter8/experiment.yaml": EXPERIMENT };
    runs.push(world.start(world.repository.push(files)));
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
      const [experiment] = world.store
        .list("Experiment", NAMESPACE)
        .filter((one) => (one["status"] as { phase?: string } | undefined)?.phase !== "Completed");
      if (experiment !== undefined)
        world.stage(() =>
          world.store.patch("Experiment", NAMESPACE, experiment.metadata.name, { action: told(action) }),
        );
    },
    "delete the Experiment": () => {
      const [experiment] = world.store
        .list("Experiment", NAMESPACE)
        .filter((one) => (one["status"] as { phase?: string } | undefined)?.phase !== "Completed");
      if (experiment !== undefined)
        world.stage(() => world.store.remove("Experiment", NAMESPACE, experiment.metadata.name));
    },
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
    // What crashed after its promotion makes the next push a first deployment, and the one after that removes it.
    for (const image of ["example/web:9", "example/web:8"]) {
      tell("a clean push");
      push(image);
      await clock.runUntil(everybody(), HOURS_MS);
    }
  } catch (error) {
    breaches.push(`the runs did not end: ${error instanceof Error ? error.message : String(error)}`);
  }

  const names = world.store.list("Deployment", NAMESPACE).map((one) => one.metadata.name);
  if (names.length !== 1) breaches.push(`left are the Deployments ${names.join(", ") || "(none)"}`);
  const holder = world.store.get<Lease>("Lease", NAMESPACE, "canary-web")?.spec?.holderIdentity ?? "";
  if (holder !== "") breaches.push(`the lock is held by ${holder}`);
  for (const kind of ["VirtualService", "DestinationRule"]) {
    if (world.store.list(kind).length > 0) breaches.push(`a ${kind} of ours is left`);
  }
  // Proxies that do not hear of a new route go by the old one; the loop cannot help that, only wait with the removal.
  const deaf = story.some((line) => line.endsWith("control plane away"));
  const seen = world.violations();
  // A version that crashes after it was promoted is beyond a release.
  const crashes = Object.values(images).some(([name]) => name === "crashes later");
  // With the record gone nobody can tell from outside that a verdict had come first.
  const forgotten = story.some((line) => line.endsWith("delete the Experiment"));
  const excused = (one: string) =>
    (forgotten && one.includes("got 100 % of the traffic")) ||
    (deaf && one.includes("although the route gave it nothing")) ||
    (crashes && one.includes("failed with 503"));
  breaches.push(...seen.filter((one) => !excused(one)));
  await world.stop();
  return { seed, story, breaches, lines: world.lines };
}

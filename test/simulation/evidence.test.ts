/** Releases that are decided by evidence: the default experiment in virtual time, with 5 s between two scrapes. */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { VirtualWorld } from "../../sandbox/virtual/world.ts";
import type { Behaviour } from "../../sandbox/workloads/behaviour.ts";
import type { ExperimentStatus } from "../../steps/lib/experiment/schema.ts";
import { createVirtualClock, type VirtualClock } from "../support/virtual-clock.ts";
import { autoscaler, manifest, NAMESPACE, type ShopOptions, startShop } from "./shop.ts";

let clock: VirtualClock;
let world: VirtualWorld;

beforeEach(() => {
  clock = createVirtualClock();
});
afterEach(async () => {
  expect(world.violations()).toEqual([]);
  await world.stop();
});

const FINE: Behaviour = { latency: { p50: 20, p99: 40 } };
// biome-ignore lint/suspicious/noThenProperty: the field's name in a scenario; nothing awaits a behaviour.
const FAILING_LATER: Behaviour = { ...FINE, then: { after: 60_000, errors: 10 } };

/** The shop with two minutes of history, and a push of `candidate`. Without `experiment` the default one decides. */
async function push(
  candidate: Behaviour,
  {
    experiment,
    baseline = FINE,
    ...options
  }: Omit<ShopOptions, "clock"> & { readonly baseline?: Behaviour } = {},
): Promise<string> {
  const images = { "example/web:1": baseline, "example/web:2": candidate };
  world = startShop({ clock, images, rate: 100, scrapeMs: 5000, ...options });
  await clock.runFor(120_000);
  return world.repository.push({
    "config/deploy.yaml": manifest("example/web:2"),
    ...(experiment !== undefined && { "iter8/experiment.yaml": experiment }),
  });
}

/** The criteria of the default experiment with other fields of traffic control. */
function experiment(traffic: string): string {
  return `
apiVersion: iter8.tools/v1alpha1
kind: Experiment
metadata: {name: web}
spec:
  targetService: {name: web}
  trafficControl: {strategy: sequential, ${traffic}}
  analysis:
    successCriteria:
      - {metricName: iter8_error_rate, limit: "1%", vsBaseline: {margin: "0.5%"}}
      - {metricName: iter8_latency, limit: 500ms, vsBaseline: {margin: "1%"}}
`;
}

async function release(revision: string): Promise<ExperimentStatus> {
  await clock.runUntil(world.start(revision).over);
  return statusOf(revision);
}

function statusOf(revision: string): ExperimentStatus {
  const name = `web-${revision.slice(0, 7)}`;
  return (world.store.get("Experiment", NAMESPACE, name)?.["status"] ?? {}) as ExperimentStatus;
}

/** Seconds from the first weight to the verdict. */
function seconds({ loop }: ExperimentStatus): number {
  return (Date.parse(loop?.verdict?.at ?? "") - Date.parse(loop?.weights?.[0]?.at ?? "")) / 1000;
}

const weights = ({ loop }: ExperimentStatus) => (loop?.weights ?? []).map((one) => one.candidate);
const log = () => world.lines.join("\n");

describe("a push without an experiment", () => {
  test("a clean candidate is promoted early, step by step, and the log says why", async () => {
    const status = await release(await push(FINE));

    expect(status.outcome).toMatchObject({ word: "promoted", reason: "CriteriaMet" });
    expect(seconds(status)).toBeLessThan(400);
    expect(weights(status)).toEqual([2, 5, 10, 20, 50, 100].slice(-weights(status).length));
    expect(log()).toContain(
      "iter8/experiment.yaml is not in the pushed commit: our default experiment decides.",
    );
    expect(log()).toMatch(
      /A candidate that is as good would be promoted about \d+m?\d*s after its first weight/,
    );
    expect(status.outcome?.sentence).toMatch(
      /errors: candidate 0\/\d+ \(0 %, bound 0.\d+ %\).*for it \(need 20:1\)/,
    );
  });

  test("a broken candidate is gone after a few polls, with the arithmetic in the sentence", async () => {
    const status = await release(await push({ ...FINE, errors: 100 }));

    expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "CriteriaFailed" });
    expect(status.outcome?.sentence).toMatch(/errors: candidate (\d+)\/\1 \(100 %.*in all \(need 100:1\)\./);
    expect(seconds(status)).toBeLessThan(40);
    expect(weights(status)).toEqual([2, 0]);
  });

  test("5 % errors are found", async () => {
    const status = await release(await push({ ...FINE, errors: 5 }));

    expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "CriteriaFailed" });
    expect(seconds(status)).toBeLessThan(300);
  });

  test("a slow candidate is found", async () => {
    const status = await release(await push({ latency: { p50: 600, p99: 900 } }));

    expect(status.outcome).toMatchObject({
      reason: "CriteriaFailed",
      sentence: expect.stringContaining("slower than 500ms"),
    });
    expect(seconds(status)).toBeLessThan(60);
  });

  test("a fault that starts after half a minute is found", async () => {
    const status = await release(await push(FAILING_LATER));

    expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "CriteriaFailed" });
  });

  test("identical versions with 0.5 % errors: promoted or held, never blamed", async () => {
    const status = await release(
      await push({ ...FINE, errors: 0.5 }, { baseline: { ...FINE, errors: 0.5 } }),
    );

    expect(status.outcome?.reason).not.toBe("CriteriaFailed");
  });
});

describe("a candidate that is slow while it is cold", () => {
  // biome-ignore lint/suspicious/noThenProperty: the field's name in a scenario; nothing awaits a behaviour.
  const cold: Behaviour = { latency: { p50: 900, p99: 1200 }, then: { after: 11_000, ...FINE } };

  test("is not blamed for it", async () => {
    expect((await release(await push(cold))).outcome).toMatchObject({ word: "promoted" });
  });

  test("is, when no warm-up is wanted", async () => {
    const status = await release(await push(cold, { experiment: experiment("warmUp: 0s") }));

    expect(status.outcome?.sentence).toContain("slower than 500ms");
    expect(status.outcome).toMatchObject({ word: "rolled-back" });
  });
});

test("errors that only come with much traffic stop the ramp there", async () => {
  const overload = { above: 12, errors: 40 };
  const status = await release(await push({ ...FINE, overload }));

  expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "CriteriaFailed" });
  expect(weights(status)).toContain(20);
});

describe("what is not the candidate's fault", () => {
  test("both versions equally bad: held, then inconclusive, and nobody is blamed", async () => {
    const bad: Behaviour = { ...FINE, errors: 5 };
    const status = await release(await push(bad, { baseline: bad, experiment: experiment("deadline: 5m") }));

    expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "Inconclusive" });
    expect(log()).toContain("both-violate");
  });

  test("no traffic: inconclusive at the deadline, announced before any traffic moves", async () => {
    const status = await release(await push(FINE, { rate: 0, experiment: experiment("deadline: 3m") }));

    expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "Inconclusive" });
    expect(log()).toContain("Nothing can be judged until web and the candidate get requests");
  });

  test("little traffic: a hopeless plan is called hopeless before any traffic moves", async () => {
    const status = await release(await push(FINE, { rate: 1, experiment: experiment("deadline: 5m") }));

    expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "Inconclusive" });
    expect(log()).toContain("will not be promoted before the deadline of 5m");
  });

  test("metrics away for a moment: the weight holds and the run goes on", async () => {
    const revision = await push(FINE);
    const run = world.start(revision);
    await clock.runFor(60_000);
    world.metrics.away = true;
    await clock.runFor(20_000);
    world.metrics.away = false;
    await clock.runUntil(run.over);

    expect(statusOf(revision).outcome).toMatchObject({ word: "promoted", reason: "CriteriaMet" });
  });

  test("metrics away for good: an error, not a verdict", async () => {
    const revision = await push(FINE);
    const run = world.start(revision);
    await clock.runFor(60_000);
    world.metrics.away = true;
    await clock.runUntil(run.over);

    expect(statusOf(revision).outcome).toMatchObject({ word: "error", reason: "MetricsUnavailable" });
  });

  test("a store that gets its samples late is waited for, and decides the same", async () => {
    const revision = await push({ ...FINE, errors: 20 });
    world.metrics.behindMs = 12_000;

    expect(await release(revision)).toMatchObject({ outcome: { reason: "CriteriaFailed" } });
  });

  test("an incident of the baseline before the run is no habit of its requests", async () => {
    // biome-ignore lint/suspicious/noThenProperty: the field's name in a scenario; nothing awaits a behaviour.
    const recovered: Behaviour = { ...FINE, errors: 50, then: { after: 15_000, errors: 0 } };

    expect((await release(await push(FINE, { baseline: recovered }))).outcome).toMatchObject({
      word: "promoted",
    });
  });

  test("somebody who sets the weight again and again ends the run, and is named", async () => {
    const revision = await push(FINE);
    const run = world.start(revision);
    for (let times = 0; times < 2; times += 1) {
      await clock.runFor(20_000);
      const [route] = world.store.list("VirtualService", NAMESPACE);
      const text = JSON.stringify(route)
        .replace('"weight":98', '"weight":50')
        .replace('"weight":2', '"weight":50');
      world.stage(() => world.store.replace(JSON.parse(text), { manager: "gitops" }));
    }
    await clock.runUntil(run.over);

    expect(statusOf(revision).outcome).toMatchObject({
      reason: "Inconclusive",
      sentence: expect.stringContaining(
        "gitops set the candidate's weight to 50 % where 2 % was put back already",
      ),
    });
  });

  test("a store that answers and no longer scrapes knows nothing either", async () => {
    const revision = await push(FINE);
    const run = world.start(revision);
    await clock.runFor(60_000);
    world.users.scraping = false;
    await clock.runUntil(run.over);

    expect(statusOf(revision).outcome).toMatchObject({
      reason: "MetricsUnavailable",
      sentence: expect.stringContaining("no new samples of the request counters"),
    });
  });
});

describe("a candidate that answers nothing", () => {
  test("is missed: no answer is no failure, and no success either", async () => {
    const status = await release(await push({ ...FINE, hang: true }));

    expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "Inconclusive" });
    expect(status.outcome?.sentence).toMatch(/it answered 0 of \d+ requests at weight 2 %/);
    expect(seconds(status)).toBeLessThan(60);
  });

  test("is slow for those who wait until they give up, when no warm-up is wanted", async () => {
    const impatient = experiment("warmUp: 0s");
    const status = await release(await push({ ...FINE, hang: true }, { experiment: impatient }));

    expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "CriteriaFailed" });
    expect(status.outcome?.sentence).toMatch(/slower than 500ms: candidate (\d+)\/\1 \(100 %/);
  });

  test("from some moment on: it answered before, so it failed", async () => {
    // biome-ignore lint/suspicious/noThenProperty: the field's name in a scenario; nothing awaits a behaviour.
    const status = await release(await push({ ...FINE, then: { after: 45_000, hang: true } }));

    expect(status.outcome).toMatchObject({ word: "rolled-back", reason: "CriteriaFailed" });
  });
});

test("a candidate with an autoscaler is scaled by that alone, and the log does not go on about it", async () => {
  const scaler = autoscaler("web-next", { maxReplicas: 10 });
  world = startShop({ clock, rate: 100, scrapeMs: 5000, replicas: 4, more: [scaler] });
  await clock.runFor(120_000);
  const revision = world.repository.push({
    "config/deploy.yaml": manifest("example/web:2", { name: "web-next", replicas: 1 }),
    "iter8/experiment.yaml": experiment("steps: [5]"),
  });
  const replicas = new Set<unknown>();
  world.store.watch(({ object }) => {
    const { replicas: asked } = (object["spec"] ?? {}) as { replicas?: number };
    if (object.kind === "Deployment" && object.metadata.name === "web-next") replicas.add(asked);
  });
  const run = world.start(revision);
  await clock.runUntil(run.over);

  expect(world.lines.filter((line) => line.includes("Scaling web-next"))).toEqual([]);
  expect(replicas).toEqual(new Set([1]));
});

describe("a run that is killed and taken up again", () => {
  /** The decision of the same world with the wait step killed after `write`, or not at all, and at which poll it fell. */
  async function decision(candidate: Behaviour, write?: number) {
    clock = createVirtualClock();
    const revision = await push(candidate, { seed: 7 });
    let killed = false;
    const run = world.start(revision, {
      waitAgain: true,
      onWaitWrite: (count, process) => {
        if (count !== write || killed) return;
        killed = true;
        process.kill();
      },
    });
    await clock.runUntil(run.over);
    const { outcome, loop } = statusOf(revision);
    return { word: outcome?.word, reason: outcome?.reason, judged: loop?.counting?.judged };
  }

  test.each([5, 9, 14])("decides the same at the same poll, killed after write %d", async (write) => {
    const whole = await decision({ ...FINE, errors: 3 });
    await world.stop();

    expect(await decision({ ...FINE, errors: 3 }, write)).toEqual(whole);
  });
});

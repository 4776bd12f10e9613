/** What `npm run e2e` measures, told by small stories instead of a cluster. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blockOf, withBlock } from "../../bench/page-block.ts";
import type { ReplySeen, Sighting } from "../../sandbox/scenario/sightings.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { isDisturbed, type WeightChange, weightChanges } from "../e2e/figures/changes.ts";
import { firstRequestsOf } from "../e2e/figures/first-request.ts";
import { markdown } from "../e2e/figures/markdown.ts";
import { NOTHING } from "../e2e/figures/observations.ts";
import { spreadOf } from "../e2e/figures/spread.ts";
import { startUpsOf } from "../e2e/figures/start-up.ts";
import { processIn, stepsOf } from "../e2e/figures/steps.ts";
import { table } from "../e2e/figures/table.ts";
import { followingsOf, windowsOf } from "../e2e/figures/traffic.ts";
import { START, sightingLog } from "../sandbox/scenario/sighting-log.ts";
import { scratchFolders } from "../support/scratch.ts";
import { entriesOf, labels, line, pod, RUN, time } from "./told-steps.ts";

function pipelineRun(name = RUN, delivery = "d-1", isDone = false): KubeObject {
  return {
    apiVersion: "tekton.dev/v1",
    kind: "PipelineRun",
    metadata: { name, namespace: "tekton-canary", uid: `uid-of-${name}` },
    spec: { params: [{ name: "delivery", value: delivery }] },
    ...(isDone ? { status: { completionTime: time(0) } } : {}),
  };
}

function taskRunDone(task: string): KubeObject {
  return {
    apiVersion: "tekton.dev/v1",
    kind: "TaskRun",
    metadata: { name: `${RUN}-${task}`, namespace: "tekton-canary", labels: labels(task) },
    status: { completionTime: time(0) },
  };
}

function candidateDeployment(availableReplicas: number, image = "example/web:2"): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web-2", namespace: "shop" },
    spec: {
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
    },
    status: { readyReplicas: availableReplicas, availableReplicas },
  };
}

const output = (at: number, source: string): Sighting => ({
  kind: "output",
  at: START + at,
  source,
  text: "",
});
const reply = (sentAt: number, deployment: string | undefined, status = 200): ReplySeen => ({
  kind: "reply",
  sentAt: START + sentAt,
  at: START + sentAt + 20,
  namespace: "shop",
  service: "web",
  deployment,
  status,
  from: deployment === undefined ? "mesh" : "version",
});

const scratch = scratchFolders("figures");

describe("a step", () => {
  const seen = [
    ...sightingLog()
      .object("ADDED", pod("create-experiment", { status: undefined, create: undefined }))
      .object("MODIFIED", pod("create-experiment", { status: 3000, create: 4000 })).seen,
    output(3400, `${RUN}/create-experiment/status`),
    output(4900, `${RUN}/create-experiment/create`),
    output(4700, `${RUN}/create-experiment/create`),
  ];

  test("starts when Tekton's entrypoint lets it, and not when its container does", () => {
    expect(startUpsOf(stepsOf(seen))).toEqual([
      { task: "create-experiment", step: "status", podMs: 3000, lineMs: 400 },
      { task: "create-experiment", step: "create", podMs: undefined, lineMs: 700 },
    ]);
  });

  test("that was killed says nothing of its start", () => {
    const log = sightingLog()
      .object("ADDED", pod("wait-and-cleanup", { wait: undefined }))
      .object("MODIFIED", pod("wait-and-cleanup", { wait: "killed" }));
    expect(stepsOf(log.seen)).toMatchObject([
      { step: "wait", container: "id-of-wait", startedAt: undefined },
    ]);
    expect(startUpsOf(stepsOf(log.seen))).toEqual([]);
  });

  test("acts in its pod until it is over, then the next one does", () => {
    expect(processIn(pod("end", { settle: undefined, tell: undefined }))).toBe(`${RUN}-end/settle`);
    expect(processIn(pod("end", { settle: 10, tell: undefined }))).toBe(`${RUN}-end/tell`);
    expect(processIn(pod("end", { settle: 10, tell: 20 }))).toBe(`${RUN}-end/tell`);
  });
});

describe("the way from a webhook to the candidate's first request", () => {
  /** Each thing happens 100 ms after the one before. */
  function release() {
    return sightingLog()
      .service()
      .deployment("web-1", 1, { staged: true })
      .object("ADDED", pipelineRun())
      .object("ADDED", pod("create-experiment", { create: undefined }))
      .object("MODIFIED", pod("create-experiment", { create: 350 }))
      .experiment("web-1", "web-2")
      .route({ "web-1": 100, "web-2": 0 })
      .object("MODIFIED", taskRunDone("create-experiment"))
      .object("ADDED", pod("apply-candidate", { apply: undefined }))
      .object("ADDED", candidateDeployment(0))
      .object("MODIFIED", candidateDeployment(1))
      .object("MODIFIED", pod("apply-candidate", { apply: 920 }))
      .route({ "web-1": 80, "web-2": 20 })
      .reply("web-1")
      .reply("web-2");
  }
  const withExperimentOfRun = (seen: readonly Sighting[]) =>
    seen.map((one) =>
      one.kind === "object" && one.object.kind === "Experiment"
        ? {
            ...one,
            object: {
              ...one.object,
              metadata: { ...one.object.metadata, labels: { "tekton-canary/run": `uid-of-${RUN}` } },
            },
          }
        : one,
    );
  const sent = [{ id: "D-1", at: START + 50 }];

  test("has a time for each part", () => {
    const seen = withExperimentOfRun(release().seen);
    expect(firstRequestsOf(seen, sent, stepsOf(seen))).toEqual([
      { run: RUN, parts: [150, 150, 350, 220, 80, 200, 200] },
    ]);
  });

  test("is of no interest when the candidate never got a request, or nobody sent a webhook", () => {
    const seen = withExperimentOfRun(release().seen);
    expect(firstRequestsOf(seen.slice(0, -1), sent, stepsOf(seen))).toEqual([]);
    expect(firstRequestsOf(seen, [], stepsOf(seen))).toEqual([]);
  });

  test("is left out while another release is in the way, and for a run that a person started again", () => {
    const before = sightingLog().object("ADDED", pipelineRun("web-0", "d-0")).seen;
    const seen = withExperimentOfRun([...before, ...release().seen]);
    expect(firstRequestsOf(seen, sent, stepsOf(seen))).toEqual([]);
    const over = sightingLog()
      .object("ADDED", pipelineRun("web-0", "d-1"))
      .object("MODIFIED", pipelineRun("web-0", "d-1", true)).seen;
    const again = withExperimentOfRun([...over, ...release().seen]);
    expect(firstRequestsOf(again, [{ id: "d-1", at: START + 150 }], stepsOf(again))).toEqual([]);
  });
});

describe("a change of weight", () => {
  const service = { namespace: "shop", service: "web" };
  const releasing = () =>
    sightingLog()
      .service()
      .deployment("web-1", 1, { staged: true })
      .experiment("web-1", "web-2")
      .route({ "web-1": 100, "web-2": 0 })
      .object("ADDED", candidateDeployment(1));

  test("is what alters the candidate's share; the audit log tells when it was written", () => {
    const log = releasing()
      .route({ "web-1": 80, "web-2": 20 })
      .route({ "web-1": 80, "web-2": 20 })
      .route({ "web-1": 0, "web-2": 100 })
      .deleted("web-1")
      .route({});
    const entries = entriesOf(
      line("update", "virtualservices", { at: 470 }),
      // Somebody else had written in between, so this one was not done.
      line("update", "virtualservices", { at: 480, code: 409 }),
      line("list", "virtualservices", { at: 490 }),
    );
    const changes = weightChanges(log.seen, [service], {}, entries);
    expect(changes).toMatchObject([
      { at: START + 470, before: { "web-1": 100 }, after: { "web-1": 80, "web-2": 20 }, candidate: "web-2" },
      { at: START + 700, after: { "web-1": 0, "web-2": 100 }, isFaulty: false },
    ]);
  });

  test("of a version that fails by itself is known as such, and a slow one does not fail", () => {
    const log = releasing().route({ "web-1": 80, "web-2": 20 });
    const faulty = (image: object) =>
      weightChanges(log.seen, [service], { "example/web:2": image }, []).map(({ isFaulty }) => isFaulty);
    expect(faulty({ errors: 5 })).toEqual([true]);
    // biome-ignore lint/suspicious/noThenProperty: the field's name in scenario/v1.
    expect(faulty({ then: { after: 10, crash: true } })).toEqual([true]);
    expect(faulty({ latency: { p50: 300, p99: 300 } })).toEqual([false]);
  });

  test("is not measured where the scenario takes something away", () => {
    expect(isDisturbed(releasing().act("outage of mesh for 1m").seen)).toBe(true);
    expect(isDisturbed(releasing().act("kill wait-and-cleanup").seen)).toBe(false);
  });

  const change = (
    at: number,
    before: WeightChange["before"],
    after: WeightChange["after"],
  ): WeightChange => ({
    ...service,
    at: START + at,
    before,
    after,
    candidate: "web-2",
    isFaulty: false,
  });

  test("has been followed with the first request of who had none, and the last of who lost all", () => {
    const changes = [
      change(1000, { "web-1": 100 }, { "web-1": 80, "web-2": 20 }),
      change(3000, { "web-1": 80, "web-2": 20 }, { "web-1": 60, "web-2": 40 }),
      change(5000, { "web-1": 60, "web-2": 40 }, { "web-2": 100 }),
      // The loser of this release is the winner of another one.
      change(9000, { "web-2": 100 }, { "web-1": 20, "web-2": 80 }),
    ];
    const replies = [
      reply(900, "web-1"),
      reply(1050, "web-1"),
      reply(1200, "web-2"),
      reply(1400, "web-2"),
      reply(4990, "web-1"),
      reply(5130, "web-1"),
      reply(5140, "web-2"),
      reply(9500, "web-1"),
    ];
    expect(followingsOf(changes, replies, 50)).toEqual([
      { way: "arrives", ms: 200, gapMs: 100 },
      { way: "leaves", ms: 130, gapMs: 1000 / 30 },
      { way: "arrives", ms: 500, gapMs: 100 },
    ]);
    expect(followingsOf(changes, [], 0)).toEqual([]);
  });

  test("is followed in no less than no time", () => {
    const sentAt = fc.integer({ min: 0, max: 4000 });
    const deployment = fc.constantFrom("web-1", "web-2", undefined);
    const replies = fc.array(fc.record({ sentAt, deployment }), { maxLength: 30 });
    fc.assert(
      fc.property(replies, (all) => {
        const changes = [
          change(1000, { "web-1": 100 }, { "web-1": 50, "web-2": 50 }),
          change(2000, { "web-1": 50, "web-2": 50 }, { "web-1": 100 }),
        ];
        const found = followingsOf(
          changes,
          all.map((one) => reply(one.sentAt, one.deployment)),
          10,
        );
        expect(found.every(({ ms }) => ms >= 0 && ms <= 3000)).toBe(true);
        expect(found.filter(({ way }) => way === "leaves")).toHaveLength(1);
      }),
    );
  });

  test("is blamed for what fails from a second before it to three after it", () => {
    const replies = [
      reply(3999, undefined, 503),
      reply(4000, "web-1"),
      reply(4500, undefined, 503),
      reply(7999, "web-2", 0),
      reply(8000, "web-2", 500),
    ];
    expect(windowsOf([change(5000, { "web-1": 80, "web-2": 20 }, { "web-2": 100 })], replies)).toEqual([
      { from: 20, to: 100, requests: 3, failed: 2 },
    ]);
  });
});

describe("the figures", () => {
  const machine = { cores: 2, memory: 24 * 2 ** 30, kernel: "6.1.0" };

  test("are tables, and what was not seen has none", () => {
    const page = markdown({
      machine,
      parallel: 2,
      images: [{ name: "apply-candidate", bytes: 145_500_000, programBytes: 2_740_000 }],
      scenarios: 2,
      observed: {
        ...NOTHING,
        firstRequests: [
          { run: "a", parts: [100, 1000, 2000, 3000, 2000, 500, 300] },
          { run: "b", parts: [200, 1000, 2000, 3000, 2000, 500, 400] },
        ],
        requests: [
          { task: "wait-and-cleanup", requests: { "list pods": 30, "get leases": 10 }, seconds: 20 },
        ],
        windows: [
          { from: 20, to: 40, requests: 70, failed: 0 },
          { from: 0, to: 20, requests: 80, failed: 0 },
          { from: 0, to: 20, requests: 81, failed: 1 },
        ],
      },
    });
    expect(page).toContain(
      "in 2 scenarios, 2 side by side at most (two that take minutes count as one), on 2 processors, 24 GiB of memory, Linux 6.1.0",
    );
    expect(page).toMatch(/^\| to PipelineRun created +\| 0\.10 +\| 0\.10 +\| 0\.20 +\|$/m);
    expect(page).toMatch(/^\| all +\| 8\.90 +\| 8\.90 +\| 9\.10 +\|$/m);
    expect(page).toMatch(/^\| apply-candidate +\| 145\.5 +\| 2\.7 +\|$/m);
    expect(page).toMatch(/^\| list pods +\| 1\.50 +\| 30 +\|$/m);
    expect(page).toMatch(/^\| 0 to 20 +\| 2 +\| 161 +\| 1 +\|\n\| 20 to 40 +\| 1 +\| 70 +\| 0 +\|$/m);
    expect(page).not.toMatch(/Memory|Start of the steps|weight's write/);
  });

  test("stand in columns", () => {
    expect(table(["a", "long head"], [["longer cell", "1"]])).toBe(
      ["| a           | long head |", "| ----------- | --------- |", "| longer cell | 1         |"].join(
        "\n",
      ),
    );
  });

  test("have a median between the lowest and the highest", () => {
    expect(spreadOf([])).toBeUndefined();
    expect(spreadOf([3, 1, 2, 10])).toEqual({ count: 4, min: 1, median: 2, max: 10 });
  });

  test("take the place of the block in their page, and of nothing else", async () => {
    const page = "# A\n\n<!-- e2e figures: begin -->\n\nold\n\n<!-- e2e figures: end -->\n\nB\n";
    const file = join(await scratch(), "page.md");
    await writeFile(file, page);
    await (await blockOf(file, "e2e figures"))("new");
    expect(await readFile(file, "utf8")).toBe(page.replace("old", "new"));
    expect(withBlock(withBlock(page, "e2e figures", "x"), "e2e figures", "old")).toBe(page);
    await expect(blockOf(file, "other")).rejects.toThrow(
      `${file}: the page must hold the lines <!-- other: begin --> and <!-- other: end -->`,
    );
  });

  test("have their block in docs/real-cluster.md", async () => {
    await blockOf("docs/real-cluster.md", "e2e figures");
  });
});

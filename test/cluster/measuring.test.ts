/** What `npm run e2e` reads beside a scenario: the API server's audit log, and the memory of containers. */
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AnsweredWrite } from "../../sandbox/cluster/server.ts";
import { readScenario } from "../../sandbox/scenario/read.ts";
import type { Stage } from "../../sandbox/scenario/stage.ts";
import { createView } from "../../sandbox/scenario/view.ts";
import { PIPELINE_NAMESPACE } from "../../sandbox/world/install.ts";
import { layoutOf } from "../e2e/cluster/layout.ts";
import { auditLog, auditPolicy, kubeApiserver } from "../e2e/cluster/parts/kubernetes/kube-apiserver.ts";
import type { Site } from "../e2e/cluster/parts/part.ts";
import { createFigures } from "../e2e/figures/figures.ts";
import { answeredWrite, followWrites } from "../e2e/figures/follow-writes.ts";
import { memoryOf } from "../e2e/figures/memory.ts";
import { requestsOf } from "../e2e/figures/requests.ts";
import { cgroupMemory, startSampler } from "../e2e/figures/sampler.ts";
import { stepsOf } from "../e2e/figures/steps.ts";
import { START, sightingLog } from "../sandbox/scenario/sighting-log.ts";
import { scratchFolders } from "../support/scratch.ts";
import { entriesOf, line, pod, RUN } from "./told-steps.ts";

/** A busy machine needs a moment. */
const PATIENT = { timeout: 10_000 };

const scratch = scratchFolders("figures");

describe("memory", () => {
  const steps = stepsOf(
    sightingLog()
      .object("ADDED", pod("wait-and-cleanup", { wait: undefined }))
      .object("MODIFIED", pod("wait-and-cleanup", { wait: 3000 })).seen,
  );
  const sample = (at: number) => new Map([["id-of-wait", { at: START + at, peak: 90, anonymous: 40 }]]);

  test("of a step counts when it was sampled in its turn: before that only the entrypoint is there", () => {
    expect(memoryOf(sample(3500), steps)).toEqual([
      { task: "wait-and-cleanup", step: "wait", peak: 90, anonymous: 40 },
    ]);
    expect(memoryOf(sample(2900), steps)).toEqual([]);
  });

  test.each([
    {
      version: 1,
      peak: "memory.max_usage_in_bytes",
      stat: "cache 9\nrss 1\ntotal_rss 4096\n",
      mount: "cgroup",
    },
    { version: 2, peak: "memory.peak", stat: "anon 4096\nfile 9\n", mount: "cgroup2" },
  ])("is read from cgroups of version $version, by the pod's uid", async ({ peak, stat, mount }) => {
    const folder = await scratch();
    const root = join(folder, "tekton-canary");
    const container = join(root, "kubepods/burstable/pod1-2/c0ffee");
    await mkdir(container, { recursive: true });
    await writeFile(join(root, peak), "1\n");
    await writeFile(join(container, peak), "8192\n");
    await writeFile(join(container, "memory.stat"), stat);
    const read = cgroupMemory(`tmpfs /other tmpfs rw 0 0\nx ${folder} ${mount} rw 0 0\n`);
    expect(await read(["1-2", "gone"])).toEqual([{ container: "c0ffee", peak: 8192, anonymous: 4096 }]);
  });

  test("is not there on a machine without our cgroup", async () => {
    expect(await cgroupMemory(`x ${await scratch()} cgroup rw 0 0`)(["1-2"])).toEqual([]);
  });

  test("is the highest of all samples", async () => {
    const values = [3, 9, 5];
    let now = 0;
    const sampler = startSampler({
      pods: () => ["1-2"],
      read: async ([uid = ""]) => {
        const anonymous = values.shift() ?? 1;
        return [{ container: `in-${uid}`, peak: 10 * anonymous, anonymous }];
      },
      now: () => ++now,
      everyMs: 1,
    });
    await expect.poll(() => values.length, PATIENT).toBe(0);
    await expect.poll(() => now, PATIENT).toBeGreaterThan(2);
    const samples = await sampler.stop();
    expect(samples.get("in-1-2")).toEqual({ peak: 90, anonymous: 9, at: now });
  });
});

describe("the audit log", () => {
  const processOf = (name: string) =>
    name.startsWith(RUN) ? `${RUN}-wait-and-cleanup/wait-and-cleanup` : undefined;

  test("is kept of the requests of the bundle's accounts, and of nobody else's", () => {
    const site: Site = {
      layout: layoutOf("/cache"),
      options: { scrapeIntervalSeconds: 1 },
      folder: (name) => name,
    };
    const files = kubeApiserver.files?.(site) ?? {};
    const [policy = ""] = Object.keys(files);
    expect(kubeApiserver.command(site)).toEqual(
      expect.arrayContaining([
        `--audit-policy-file=${policy}`,
        `--audit-log-path=${auditLog(site.layout.logs)}`,
      ]),
    );
    expect(JSON.parse(files[policy] ?? "")).toEqual(auditPolicy());
    expect(auditPolicy()).toMatchObject({
      kind: "Policy",
      rules: [
        { level: "Metadata", userGroups: [`system:serviceaccounts:${PIPELINE_NAMESPACE}`] },
        { level: "None" },
      ],
    });
  });

  test("tells how much the pod of each task asked", () => {
    const steps = stepsOf(sightingLog().object("ADDED", pod("wait-and-cleanup", { wait: undefined })).seen);
    const entries = entriesOf(
      line("list", "pods", { at: 1000 }),
      line("list", "pods", { at: 2000 }),
      line("patch", "experiments", { at: 2995 }),
      line("list", "pods", { at: 9000, pod: "somebody" }),
      '{"stage": "ResponseCompl',
    );
    expect(requestsOf(entries, steps)).toEqual([
      { task: "wait-and-cleanup", requests: { "list pods": 2, "patch experiments": 1 }, seconds: 2 },
    ]);
  });

  test("tells of a write what the sandbox's API tells", () => {
    const [write, read, foreign] = entriesOf(
      line("update", "virtualservices", { code: 409 }),
      line("list", "virtualservices"),
      line("update", "virtualservices", { pod: "somebody" }),
    ).map((entry) => answeredWrite(entry, processOf));
    expect(write).toEqual({
      caller: {
        account: { namespace: "tekton-canary", name: "canary-wait" },
        process: `${RUN}-wait-and-cleanup/wait-and-cleanup`,
      },
      verb: "update",
      kind: "VirtualService",
      namespace: "shop",
      name: "web",
      code: 409,
    });
    expect([read, foreign]).toEqual([undefined, undefined]);
  });

  test("is followed from its end, also where a line comes in two parts", async () => {
    const file = join(await scratch(), "audit.jsonl");
    await writeFile(file, `${line("update", "deployments", { object: "before" })}\n`);
    const heard: AnsweredWrite[] = [];
    const stop = await followWrites(file, processOf, (write) => heard.push(write));
    const last = line("patch", "deployments", { object: "web-2" });
    await appendFile(file, `${line("create", "events")}\n${last.slice(0, 40)}`);
    await expect.poll(() => heard.map(({ kind }) => kind), PATIENT).toEqual(["Event"]);
    await appendFile(file, `${last.slice(40)}\n`);
    await expect.poll(() => heard.map(({ name }) => name), PATIENT).toEqual(["web", "web-2"]);
    await stop();
    await appendFile(file, `${line("create", "events")}\n`);
    expect(heard).toHaveLength(2);
  });
});

test("figures come of what is watched while scenarios are played", async () => {
  const logs = await scratch();
  await writeFile(auditLog(logs), `${line("list", "pods", { at: -5000 })}\n`);
  const reading = readScenario(await readFile("test/scenarios/killed-while-shifting.yaml", "utf8"), "it");
  if (!reading.ok) throw new Error(reading.problems.join());
  const figures = createFigures({ logs, parallel: 1 });
  const measuring = figures.of(reading.scenario);
  const stage = { onlooker: { view: createView() }, world: { forge: { deliveries: [] } } };
  measuring.watch(stage as unknown as Stage);
  await appendFile(
    auditLog(logs),
    `${line("list", "pods", { at: 1000 })}\n${line("get", "leases", { at: 1995 })}\n`,
  );
  const sightings = sightingLog()
    .object("ADDED", pod("wait-and-cleanup", { "wait-and-cleanup": undefined }))
    .object("MODIFIED", pod("wait-and-cleanup", { "wait-and-cleanup": 1500 })).seen;
  await measuring.note({ sightings });
  // The world of this one did not start, so there was nothing to watch.
  await figures.of(reading.scenario).note({ sightings });
  const page = figures.markdown([]);
  expect(page).toContain("in 1 scenario, 1 side by side at most");
  expect(page).toMatch(/^\| wait-and-cleanup +\| 1 +\| 2 +\| 2 +\| 1\.0 +\| 2\.0 +\|$/m);
  expect(page).toMatch(/^\| wait-and-cleanup +\| 1 +\| 1\.50 +\| 1\.50 +\| +\| +\|$/m);
});

import { afterEach, describe, expect, it } from "vitest";
import { type Bench, createBench, inlineRun, shellTask } from "./bench.ts";

let bench: Bench;
afterEach(() => bench.close());

function given(...documents: string[]): Bench {
  bench = createBench();
  for (const text of documents) bench.apply(text);
  return bench;
}

const OK = shellTask("ok", "true");
const FAIL = shellTask("fail", "exit 3");
const WRITE = shellTask("write", "printf %s hello > $(results.word.path)", "results: [{name: word}]");
const SAY = shellTask("say", "echo $(params.text)", "params: [{name: text, default: nothing}]");

const LASTING = "echo ready\nwhile true; do sleep 0.02; done";
const HANG = shellTask("hang", LASTING);
/** Lasts as well, and does `onTerm` at SIGTERM; nothing when it is empty. */
const trapping = (name: string, onTerm: string) => shellTask(name, `trap '${onTerm}' TERM\n${LASTING}`);

/** Both wait for run `r`. */
const said = (line: string) => bench.until(() => bench.printed("r").includes(line) || undefined);
const hasReason = (reason: string) =>
  bench.until(() => bench.status("PipelineRun", "r").conditions?.[0].reason === reason || undefined);

describe("order and data", () => {
  it("runs a task after the task whose result it uses, with the result put in", async () => {
    const { done, printed } = given(
      WRITE,
      SAY,
      inlineRun(
        "r",
        `
tasks:
  - {name: second, taskRef: {name: say}, params: [{name: text, value: "got $(tasks.first.results.word)"}]}
  - {name: first, taskRef: {name: write}}
results: [{name: word, value: "$(tasks.first.results.word)"}]`,
      ),
    );
    const status = await done("r");
    expect(status.conditions?.[0]).toMatchObject({ status: "True", reason: "Succeeded" });
    expect(printed("r")).toEqual(["got hello"]);
    expect(status.results).toEqual([{ name: "word", value: "hello" }]);
    expect(status.childReferences?.map(({ name }) => name)).toEqual(["r-second", "r-first"]);
  });

  it("labels TaskRuns, makes the run their owner and gives each its service account", async () => {
    const { done, store } = given(
      OK,
      inlineRun(
        "r",
        "tasks: [{name: a, taskRef: {name: ok}}, {name: b, taskRef: {name: ok}}]",
        "taskRunTemplate: {serviceAccountName: common}\ntaskRunSpecs: [{pipelineTaskName: b, serviceAccountName: own}]",
      ),
    );
    await done("r");
    const taskRun = store.get("TaskRun", "ci", "r-a");
    expect(taskRun?.metadata.labels).toMatchObject({
      "tekton.dev/pipeline": "r",
      "tekton.dev/pipelineRun": "r",
      "tekton.dev/pipelineTask": "a",
      "tekton.dev/task": "ok",
    });
    expect(taskRun?.metadata.ownerReferences?.[0]).toMatchObject({ kind: "PipelineRun", name: "r" });
    expect(taskRun?.["spec"]).toMatchObject({ serviceAccountName: "common" });
    expect(store.get("TaskRun", "ci", "r-b")?.["spec"]).toMatchObject({ serviceAccountName: "own" });
  });

  it("fills params from the run, then from defaults, and knows the run's name, namespace and uid", async () => {
    const { done, printed, store } = given(
      SAY,
      inlineRun(
        "r",
        `
params: [{name: a}, {name: b, default: bee}]
tasks:
  - name: t
    taskRef: {name: say}
    params: [{name: text, value: "$(params.a) $(params.b) $(context.pipelineRun.name) $(context.pipelineRun.namespace) $(context.pipelineRun.uid)"}]`,
        "params: [{name: a, value: ay}]",
      ),
    );
    await done("r");
    expect(printed("r")).toEqual([`ay bee r ci ${store.get("PipelineRun", "ci", "r")?.metadata.uid}`]);
  });

  it("refuses a run that lacks a param, before it starts anything", async () => {
    const { done, store } = given(
      SAY,
      inlineRun("r", "params: [{name: a}]\ntasks: [{name: t, taskRef: {name: say}}]"),
    );
    const status = await done("r");
    expect(status.conditions?.[0]).toMatchObject({
      status: "False",
      reason: "ParameterMissing",
      message: "pipelineRun missing parameters: [a]",
    });
    expect(store.list("TaskRun")).toEqual([]);
  });

  it("names a field that it does not support", async () => {
    const { done } = given(
      OK,
      inlineRun("r", "tasks: [{name: t, taskRef: {name: ok}, retries: 2, matrix: {params: []}}]"),
    );
    const { conditions } = await done("r");
    expect(conditions?.[0]?.message).toContain(
      "spec.pipelineSpec.tasks[0].matrix is not supported by the sandbox",
    );
    expect(conditions?.[0]?.message).toContain("spec.pipelineSpec.tasks[0].retries");
  });
});

describe("when", () => {
  it("skips the task and what uses its results, but not what merely comes after it", async () => {
    const { done, printed } = given(
      WRITE,
      SAY,
      inlineRun(
        "r",
        `
tasks:
  - {name: guarded, taskRef: {name: write}, when: [{input: "a", operator: notin, values: ["a"]}]}
  - {name: user, taskRef: {name: say}, params: [{name: text, value: "$(tasks.guarded.results.word)"}]}
  - {name: later, taskRef: {name: say}, runAfter: [guarded]}
  - {name: after-user, taskRef: {name: say}, runAfter: [user]}`,
      ),
    );
    const status = await done("r");
    expect(status.conditions?.[0]).toMatchObject({ status: "True", reason: "Completed" });
    expect(status.skippedTasks).toEqual([
      { name: "guarded", reason: "When Expressions evaluated to false" },
      { name: "user", reason: "Results were missing" },
      { name: "after-user", reason: "Parent Tasks were skipped" },
    ]);
    expect(printed("r")).toEqual(["nothing"]);
  });

  it("waits for the task whose result it looks at", async () => {
    const { done, printed } = given(
      WRITE,
      SAY,
      inlineRun(
        "r",
        `
tasks:
  - {name: first, taskRef: {name: write}}
  - {name: yes, taskRef: {name: say}, when: [{input: $(tasks.first.results.word), operator: in, values: [hello]}]}
  - {name: no, taskRef: {name: say}, when: [{input: $(tasks.first.results.word), operator: in, values: [bye]}]}`,
      ),
    );
    expect((await done("r")).skippedTasks?.map(({ name }) => name)).toEqual(["no"]);
    expect(printed("r")).toEqual(["nothing"]);
  });
});

describe("failure", () => {
  it("lets running siblings end, starts nothing new, and then runs finally", async () => {
    const { done, printed } = given(
      FAIL,
      SAY,
      trapping("slow", "echo slow is over; exit 0"),
      inlineRun(
        "r",
        `
tasks:
  - {name: bad, taskRef: {name: fail}}
  - {name: sibling, taskRef: {name: slow}}
  - {name: never, taskRef: {name: say}, runAfter: [sibling]}
finally:
  - {name: last, taskRef: {name: say}, params: [{name: text, value: "$(tasks.bad.status) $(tasks.sibling.status) $(tasks.never.status) $(tasks.status) $(tasks.bad.reason)"}]}`,
      ),
    );
    await bench.until(() => bench.status("TaskRun", "r-bad").completionTime);
    await bench.until(() => bench.status("PipelineRun", "r").skippedTasks?.length || undefined);
    expect(bench.status("TaskRun", "r-sibling").completionTime).toBeUndefined();
    expect(bench.store.get("TaskRun", "ci", "r-last")).toBeUndefined();
    await said("ready");
    bench.tekton.kill("run", "SIGTERM", "r");
    const status = await done("r");
    expect(status.conditions?.[0]).toMatchObject({
      status: "False",
      reason: "Failed",
      message: "Tasks Completed: 3 (Failed: 1, Cancelled 0), Skipped: 1",
    });
    expect(status.skippedTasks).toEqual([{ name: "never", reason: "PipelineRun was stopping" }]);
    expect(printed("r")).toContain("slow is over");
    expect(printed("r").at(-1)).toBe("Failed Succeeded None Failed StepFailed");
  });

  it("reads results of a failed task, for finally and for the run", async () => {
    const { done, printed } = given(
      shellTask("half", "printf x > $(results.word.path); exit 10", "results: [{name: word}, {name: other}]"),
      SAY,
      inlineRun(
        "r",
        `
tasks: [{name: half, taskRef: {name: half}}]
finally:
  - {name: last, taskRef: {name: say}, params: [{name: text, value: $(tasks.half.results.word)}]}
  - {name: lost, taskRef: {name: say}, params: [{name: text, value: $(tasks.half.results.other)}]}
results: [{name: word, value: $(tasks.half.results.word)}, {name: other, value: $(tasks.half.results.other)}]`,
      ),
    );
    const status = await done("r");
    expect(status.results).toEqual([{ name: "word", value: "x" }]);
    expect(status.skippedTasks).toEqual([{ name: "lost", reason: "Results were missing" }]);
    expect(printed("r")).toEqual(["x"]);
  });

  it("fails a run whose task needs a result that the other one declared but did not write", async () => {
    const { done } = given(
      shellTask("forgetful", "true", "results: [{name: word}]"),
      SAY,
      inlineRun(
        "r",
        `
tasks:
  - {name: first, taskRef: {name: forgetful}}
  - {name: second, taskRef: {name: say}, params: [{name: text, value: $(tasks.first.results.word)}]}`,
      ),
    );
    expect((await done("r")).conditions?.[0]).toMatchObject({ reason: "PipelineValidationFailed" });
  });
});

describe("cancellation", () => {
  const TRAP = trapping("trap", "echo bye; exit 143");
  const PIPELINE = `
tasks: [{name: main, taskRef: {name: trap}}, {name: next, taskRef: {name: say}, runAfter: [main]}]
finally: [{name: last, taskRef: {name: say}, params: [{name: text, value: $(tasks.main.reason)}]}]`;
  const wish = (status: string) => bench.store.patch("PipelineRun", "ci", "r", { spec: { status } });

  it("Cancelled: the run and its TaskRun are done at once, the process gets SIGTERM, finally does not run", async () => {
    given(TRAP, SAY, inlineRun("r", PIPELINE));
    await said("ready");
    wish("Cancelled");
    const status = await bench.done("r");
    expect(status.conditions?.[0]).toMatchObject({ status: "False", reason: "Cancelled" });
    const task = bench.status("TaskRun", "r-main");
    expect(task.conditions?.[0]).toMatchObject({ status: "False", reason: "TaskRunCancelled" });
    expect(bench.printed("r")).toEqual(["ready"]);
    await said("bye");
    expect(bench.store.get("TaskRun", "ci", "r-last")).toBeUndefined();
  });

  it("CancelledRunFinally: finally starts while the cancelled process still lives", async () => {
    given(trapping("trap", ""), SAY, inlineRun("r", PIPELINE));
    await said("ready");
    wish("CancelledRunFinally");
    await hasReason("CancelledRunningFinally");
    const status = await bench.done("r");
    expect(status.conditions?.[0]).toMatchObject({ status: "False", reason: "Cancelled" });
    expect(bench.printed("r")).toEqual(["ready", "TaskRunCancelled"]);
    expect(bench.tekton.kill("run", "SIGCONT", "r")).toBe(1);
    await bench.clock.runFor(29_000);
    expect(bench.tekton.kill("run", "SIGCONT", "r")).toBe(1);
    await bench.clock.runFor(1_000);
    await gone();
  });

  it("StoppedRunFinally: what runs may finish, nothing new starts, finally runs", async () => {
    given(TRAP, SAY, inlineRun("r", PIPELINE));
    await said("ready");
    wish("StoppedRunFinally");
    await hasReason("StoppedRunningFinally");
    expect(bench.status("TaskRun", "r-main").completionTime).toBeUndefined();
    expect(bench.tekton.kill("run", "SIGTERM", "r")).toBe(1);
    await bench.done("r");
    expect(bench.status("PipelineRun", "r").skippedTasks).toEqual([
      { name: "next", reason: "PipelineRun was stopping" },
    ]);
    expect(bench.printed("r")).toContain("bye");
    expect(bench.printed("r").at(-1)).toBe("StepFailed");
  });

  /** Polls, because nothing tells of the end of a process whose TaskRun is done. */
  async function gone(): Promise<void> {
    while (bench.tekton.kill("run", "SIGCONT", "r") > 0)
      await new Promise((resolve) => setImmediate(resolve));
  }
});

describe("timeouts", () => {
  it("a task's timeout fails it, and finally runs", async () => {
    given(
      HANG,
      SAY,
      inlineRun(
        "r",
        "tasks: [{name: main, taskRef: {name: hang}, timeout: 2m}]\nfinally: [{name: last, taskRef: {name: say}, params: [{name: text, value: $(tasks.main.reason)}]}]",
      ),
    );
    await said("ready");
    await bench.clock.runFor(119_000);
    expect(bench.status("TaskRun", "r-main").completionTime).toBeUndefined();
    await bench.clock.runFor(1_000);
    expect((await bench.done("r")).conditions?.[0]).toMatchObject({ reason: "Failed" });
    expect(bench.status("TaskRun", "r-main").conditions?.[0]).toMatchObject({
      reason: "TaskRunTimeout",
      message: 'TaskRun "r-main" failed to finish within "2m"',
    });
    expect(bench.printed("r")).toEqual(["ready", "TaskRunTimeout"]);
  });

  it("timeouts.tasks ends the tasks, and finally still runs", async () => {
    given(
      HANG,
      SAY,
      inlineRun(
        "r",
        "tasks: [{name: main, taskRef: {name: hang}}]\nfinally: [{name: last, taskRef: {name: say}}]",
        "timeouts: {pipeline: 10m, finally: 4m}",
      ),
    );
    await said("ready");
    await bench.clock.runFor(6 * 60_000);
    expect((await bench.done("r")).conditions?.[0]).toMatchObject({
      status: "False",
      reason: "PipelineRunTimeout",
      message: 'PipelineRun "r" failed due to tasks failed to finish within "6m"',
    });
    expect(bench.printed("r")).toEqual(["ready", "nothing"]);
  });

  it("timeouts.pipeline cuts finally off", async () => {
    given(
      HANG,
      OK,
      inlineRun(
        "r",
        "tasks: [{name: main, taskRef: {name: ok}}]\nfinally: [{name: last, taskRef: {name: hang}}]",
        "timeouts: {pipeline: 5m}",
      ),
    );
    await said("ready");
    await bench.clock.runFor(5 * 60_000);
    expect((await bench.done("r")).conditions?.[0]).toMatchObject({ reason: "PipelineRunTimeout" });
    expect(bench.status("TaskRun", "r-last").conditions?.[0]).toMatchObject({ reason: "TaskRunCancelled" });
  });

  it("timeouts.finally ends the finally tasks", async () => {
    given(
      HANG,
      OK,
      inlineRun(
        "r",
        "tasks: [{name: main, taskRef: {name: ok}}]\nfinally: [{name: last, taskRef: {name: hang}}]",
        "timeouts: {pipeline: 1h, tasks: 50m, finally: 1m}",
      ),
    );
    await said("ready");
    await bench.clock.runFor(60_000);
    expect((await bench.done("r")).conditions?.[0]).toMatchObject({ reason: "Failed" });
  });
});

describe("rerun", () => {
  it("starts the same spec under a new name, without labels, annotations and the wish to end", async () => {
    given(SAY);
    bench.apply(`
kind: PipelineRun
metadata: {name: r, labels: {a: b}, annotations: {c: d}}
spec:
  status: Cancelled
  params: [{name: text, value: again}]
  pipelineSpec:
    params: [{name: text}]
    tasks: [{name: t, taskRef: {name: say}, params: [{name: text, value: $(params.text)}]}]`);
    await bench.done("r");
    const again = bench.tekton.rerun("ci", "r");
    expect(again.metadata.name).toMatch(/^r-[a-z0-9]{5}$/);
    expect(again.metadata.labels).toBeUndefined();
    expect(again.metadata.annotations).toBeUndefined();
    expect((await bench.done(again.metadata.name)).conditions?.[0]).toMatchObject({ status: "True" });
    expect(bench.printed(again.metadata.name)).toEqual(["again"]);
  });
});

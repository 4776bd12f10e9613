import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { TektonOptions } from "../../../sandbox/tekton/tekton.ts";
import { type Bench, createBench, shellTask } from "./bench.ts";

let bench: Bench;
afterEach(() => bench.close());

function given(task: string, options: Partial<TektonOptions> = {}): Bench {
  bench = createBench(options);
  bench.apply(task);
  return bench;
}

/** Runs the Task `t` and returns the TaskRun's status once it is done. */
async function run(more = "") {
  bench.apply(`kind: TaskRun\nmetadata: {name: tr}\nspec:\n  taskRef: {name: t}\n${more}`);
  return await ended();
}

async function ended() {
  await bench.until(() => bench.status("TaskRun", "tr").completionTime);
  return bench.status("TaskRun", "tr");
}

const steps = (...list: readonly string[]) => `
kind: Task
metadata: {name: t}
spec:
  results: [{name: word}]
  steps:
${list.map((step) => `    - {image: none, ${step}}`).join("\n")}
`;

describe("steps", () => {
  it("run one after the other; one that fails ends the TaskRun and the rest are skipped", async () => {
    given(
      steps(
        "name: one, command: [sh, -c, echo one]",
        "name: two, command: [sh, -c, exit 3]",
        "name: three, command: [sh, -c, echo three]",
      ),
    );
    const status = await run();
    expect(status.conditions?.[0]).toMatchObject({
      status: "False",
      reason: "StepFailed",
      message: '"step-two" exited with code 3: Error',
    });
    expect(status.steps).toMatchObject([
      { name: "one", terminationReason: "Completed", terminated: { exitCode: 0, reason: "Completed" } },
      { name: "two", terminationReason: "Error", terminated: { exitCode: 3, reason: "Error" } },
      { name: "three", terminationReason: "Skipped", terminated: { exitCode: 1 } },
    ]);
    expect(bench.printed()).toEqual(["one"]);
  });

  it("with onError: continue only note their exit code", async () => {
    given(
      steps(
        "name: one, onError: continue, command: [sh, -c, exit 3]",
        "name: two, command: [sh, -c, echo two]",
      ),
    );
    const status = await run();
    expect(status.conditions?.[0]).toMatchObject({ status: "True", reason: "Succeeded" });
    expect(status.steps?.[0]).toMatchObject({ terminationReason: "Continued", terminated: { exitCode: 3 } });
    expect(bench.printed()).toEqual(["two"]);
  });

  it("are killed at once when their timeout has passed, and onError does not help", async () => {
    given(
      steps(
        `name: one, onError: continue, timeout: 30s, command: [sh, -c, "trap '' TERM; echo ready; while true; do sleep 0.02; done"]`,
        "name: two, command: [sh, -c, echo two]",
      ),
    );
    const end = run();
    await bench.until(() => (bench.printed().includes("ready") ? true : undefined));
    await bench.clock.runFor(30_000);
    const status = await end;
    expect(status.conditions?.[0].message).toBe(
      '"step-one" exited because the step exceeded the specified timeout limit',
    );
    expect(status.steps?.[0]).toMatchObject({ terminationReason: "TimeoutExceeded" });
    expect(bench.printed()).toEqual(["ready"]);
  });

  it("that cannot be started end with code 128", async () => {
    given(steps("name: one, command: [no-such-program]"));
    expect((await run()).steps?.[0]).toMatchObject({ terminated: { exitCode: 128 } });
  });

  it.each([
    ["SIGKILL", 137],
    ["SIGTERM", 143],
  ] as const)("killed by %s end with code %i and fail the TaskRun", async (signal, exitCode) => {
    given(shellTask("t", "echo ready\nwhile true; do sleep 0.02; done"));
    const end = run();
    await bench.until(() => (bench.printed().includes("ready") ? true : undefined));
    expect(bench.tekton.kill("run", signal)).toBe(1);
    const status = await end;
    expect(status.conditions?.[0]).toMatchObject({ status: "False" });
    expect(status.steps?.[0]).toMatchObject({ terminated: { exitCode } });
    expect(bench.tekton.kill("run", signal)).toBe(0);
  });

  it("that are terminated get SIGTERM, and SIGKILL after 30 s", async () => {
    given(shellTask("t", "trap 'echo asked' TERM\necho ready\nwhile true; do sleep 0.02; done"));
    const end = run();
    await bench.until(() => (bench.printed().includes("ready") ? true : undefined));
    expect(bench.tekton.terminate("run")).toBe(1);
    await bench.until(() => (bench.printed().includes("asked") ? true : undefined));
    await bench.clock.runFor(29_999);
    expect(bench.status("TaskRun", "tr").completionTime).toBeUndefined();
    await bench.clock.runFor(1);
    expect((await end).steps?.[0]).toMatchObject({ terminated: { exitCode: 137 } });
  });

  it("of a pod that vanishes are killed two seconds later, and all run again from the first, and the TaskRun does not tell", async () => {
    const folder = mkdtempSync(join(tmpdir(), "flag-"));
    const vanished: string[] = [];
    const waiting = `trap '' TERM; echo two; until [ -e ${folder}/go ]; do sleep 0.02; done`;
    given(
      steps(
        "name: one, command: [sh, -c, echo one > $(results.word.path); echo one]",
        `name: two, command: [sh, -c, "${waiting}"]`,
      ),
      { onVanished: ({ namespace, taskRun }) => vanished.push(`${namespace}/${taskRun}`) },
    );
    const end = run();
    await bench.until(() => (bench.printed().length === 2 ? true : undefined));
    expect(bench.tekton.evict("two")).toBe(1);
    expect(vanished).toEqual(["ci/tr"]);
    expect(bench.printed()).toEqual(["one", "two"]);
    await bench.clock.runFor(2000);
    await bench.until(() => (bench.printed().length === 4 ? true : undefined));
    writeFileSync(join(folder, "go"), "");
    const status = await end;
    expect(status.conditions?.[0]).toMatchObject({ status: "True" });
    expect(status.results).toEqual([{ name: "word", type: "string", value: "one\n" }]);
    expect(bench.printed()).toEqual(["one", "two", "one", "two"]);
    expect(bench.tekton.evict("two")).toBe(0);
    rmSync(folder, { recursive: true });
  });

  it("take what they have started with them when they end", async () => {
    given(shellTask("t", "(trap '' TERM HUP; echo child; while true; do sleep 0.02; done) &\nsleep 0.1"));
    expect((await run()).conditions?.[0]).toMatchObject({ status: "True" });
  });
});

describe("results", () => {
  it("are read verbatim, and also when the step failed", async () => {
    given(steps(`name: one, command: [sh, -c, 'echo " a b " > $(results.word.path); exit 1']`));
    expect((await run()).results).toEqual([{ name: "word", type: "string", value: " a b \n" }]);
  });

  it("of more than 4096 bytes fail the TaskRun", async () => {
    given(
      steps(`name: one, command: [sh, -c, 'head -c 4096 /dev/zero | tr "\\0" x > $(results.word.path)']`),
    );
    const status = await run();
    expect(status.conditions?.[0]).toMatchObject({ status: "False", reason: "StepFailed" });
    expect(status.results).toEqual([]);
    expect(bench.printed()[0]).toContain("above max allowed size 4096");
  });
});

describe("environment and files", () => {
  it("gives a step what its YAML sets, PATH, HOME, HOSTNAME and what the hook adds, and nothing else", async () => {
    given(
      `
kind: Task
metadata: {name: t}
spec:
  params: [{name: p}]
  stepTemplate: {env: [{name: A, value: template}, {name: B, value: template}]}
  steps:
    - name: run
      image: none
      command: [env]
      env:
        - {name: B, value: "own $(A)"}
        - {name: P, value: $(params.p)}
        - {name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}`,
      {
        environment: ({ serviceAccount, namespace, taskRun, step }) => ({
          WHO: `${serviceAccount} ${namespace} ${taskRun} ${step}`,
        }),
      },
    );
    await run("  serviceAccountName: robot\n  params: [{name: p, value: $$(A)}]");
    const environment = Object.fromEntries(bench.printed().map((line) => line.split(/=(.*)/s).slice(0, 2)));
    expect(environment).toEqual({
      A: "template",
      B: "own template",
      P: "$(A)",
      POD: "tr-pod",
      HOSTNAME: "tr-pod",
      HOME: expect.stringMatching(/\/home$/),
      WHO: "robot ci tr run",
      PATH: process.env["PATH"],
    });
  });

  it("mounts secrets as files that only their owner may read, config maps and empty folders", async () => {
    given(`
kind: Task
metadata: {name: t}
spec:
  volumes:
    - {name: s, secret: {secretName: token}}
    - {name: none, secret: {secretName: absent, optional: true}}
    - {name: c, configMap: {name: settings, items: [{key: a, path: b/c}]}}
    - {name: tmp, emptyDir: {}}
  stepTemplate: {volumeMounts: [{name: tmp, mountPath: /tmp}]}
  steps:
    - name: one
      image: none
      command: [sh, -c]
      args: ['cat /etc/s/token; stat -c " %a" /etc/s/token; ls /etc/none;  cat /etc/c/b/c; echo kept > /tmp/x']
      volumeMounts:
        - {name: s, mountPath: /etc/s}
        - {name: none, mountPath: /etc/none}
        - {name: c, mountPath: /etc/c/}
    - {name: two, image: none, command: [cat, /tmp/x]}`);
    bench.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: token}\ndata: {token: c2VjcmV0}");
    bench.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: value}");
    expect((await run()).conditions?.[0]).toMatchObject({ status: "True" });
    expect(bench.printed()).toEqual(["secret 400", "value", "kept"]);
  });

  it("fails, naming it, on a secret that is not there", async () => {
    given(`
kind: Task
metadata: {name: t}
spec:
  volumes: [{name: s, secret: {secretName: token}}]
  steps: [{name: one, image: none, command: ["true"], volumeMounts: [{name: s, mountPath: /s}]}]`);
    expect((await run()).conditions?.[0]).toMatchObject({
      status: "False",
      message: 'volume "s": Secret "ci/token" not found',
    });
  });

  it("starts the bundle that /app/<program>.mjs names, under that name", async () => {
    const bundles = mkdtempSync(join(tmpdir(), "bundles-"));
    writeFileSync(
      join(bundles, "hello.mjs"),
      "console.log('hello from', process.env.APP); console.error('and stderr');",
    );
    given(
      `
kind: Task
metadata: {name: t}
spec: {params: [{name: p}], steps: [{name: one, image: none, command: [node, /app/hello.mjs], env: [{name: APP, value: $(params.p)}]}]}`,
      { bundles },
    );
    await run("  params: [{name: p, value: /tekton/home/x}]");
    expect(bench.printed().sort()).toEqual(["and stderr", "hello from /tekton/home/x"]);
    rmSync(bundles, { recursive: true });
  });

  it("tells whether a workspace is bound, and where", async () => {
    given(
      shellTask(
        "t",
        'echo "$(workspaces.a.bound) $(workspaces.b.bound) [$(workspaces.b.path)]"\necho $(workspaces.a.path)\nls $(workspaces.a.path)',
        "workspaces: [{name: a, optional: true}, {name: b, optional: true}]",
      ),
    );
    bench.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: files}\ndata: {file: text}");
    await run("  workspaces: [{name: a, configMap: {name: files}}]");
    const [bound, path = "", file] = bench.printed();
    expect([bound, file]).toEqual(["true false []", "file"]);
    expect(path.endsWith("/workspace/a")).toBe(true);
    await bench.close();
    expect(existsSync(path)).toBe(false);
  });
});

describe("what is refused", () => {
  it.each([
    [
      "script",
      "{name: one, image: none, command: [x], script: echo}",
      "spec.steps[0].script is not supported",
    ],
    ["a step without a command", "{name: one, image: none}", "spec.steps[0].command"],
    [
      "an unknown variable",
      "{name: one, image: none, command: [$(params.x)]}",
      "nothing is known as $(params.x)",
    ],
    [
      "a mount without a volume",
      "{name: one, image: none, command: [x], volumeMounts: [{name: v, mountPath: /v}]}",
      'no volume "v"',
    ],
    [
      "env from a secret",
      "{name: one, image: none, command: [x], env: [{name: E, valueFrom: {secretKeyRef: {name: s, key: k}}}]}",
      "secretKeyRef is not supported",
    ],
  ])("%s", async (_, step, message) => {
    given(`kind: Task\nmetadata: {name: t}\nspec: {steps: [${step}]}`);
    expect((await run()).conditions?.[0]?.message).toContain(message);
  });
});

describe("close", () => {
  it("ends every process and waits for it", async () => {
    given(shellTask("t", "trap '' TERM\necho ready\nwhile true; do sleep 0.02; done"));
    bench.apply("kind: TaskRun\nmetadata: {name: tr}\nspec: {taskRef: {name: t}}");
    await bench.until(() => (bench.printed().includes("ready") ? true : undefined));
    await bench.close();
    expect(bench.tekton.kill("run", "SIGCONT")).toBe(0);
  });
});

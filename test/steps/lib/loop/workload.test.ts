/** What a Deployment and its pods say about a version. */
import { describe, expect, test } from "vitest";
import { podsReady, workloadOf } from "../../../../steps/lib/loop/workload.ts";
import type { ContainerStatus, Deployment, Pod } from "../../../../steps/lib/ports/kinds.ts";

type Status = NonNullable<Deployment["status"]>;

const READY: Status = {
  observedGeneration: 3,
  replicas: 2,
  updatedReplicas: 2,
  readyReplicas: 2,
  availableReplicas: 2,
};

function deployment(status: Status | undefined, spec: Partial<Deployment["spec"]> = {}): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", generation: 3 },
    spec: { replicas: 2, selector: {}, template: { spec: {} }, ...spec },
    ...(status !== undefined && { status }),
  };
}

function pod(
  container: Partial<ContainerStatus>,
  conditions: NonNullable<Pod["status"]>["conditions"] = [],
): Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web-1" },
    status: { conditions, containerStatuses: [{ name: "web", ...container }] },
  };
}

const NOW = Date.parse("2026-11-21T12:00:10Z");

function of(one: Deployment, pods: readonly Pod[] = []) {
  return workloadOf(one, { pods, autoscaled: false, now: NOW });
}

describe("a Deployment is available", () => {
  test.each<readonly [string, Deployment, boolean]>([
    ["when every pod that was asked for is, of the newest template", deployment(READY), true],
    [
      "not before its controller has seen the newest template",
      deployment({ ...READY, observedGeneration: 2 }),
      false,
    ],
    ["not while old pods serve", deployment({ ...READY, updatedReplicas: 1 }), false],
    [
      "not while the only available pod is an old one beside a new one",
      deployment(
        { observedGeneration: 3, replicas: 2, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
        { replicas: 1 },
      ),
      false,
    ],
    ["not while an old pod is left", deployment({ ...READY, replicas: 3, availableReplicas: 3 }), false],
    ["not while a pod is missing", deployment({ ...READY, availableReplicas: 1 }), false],
    ["not without a status", deployment(undefined), false],
    ["not when no pods are asked for", deployment(READY, { replicas: 0 }), false],
  ])("%s", (_what, object, available) => {
    expect(of(object).available).toBe(available);
  });
});

describe("pods that nobody asks whether they are ready", () => {
  const probed = { template: { spec: { containers: [{ name: "web", readinessProbe: {} }] } } };
  const since = (seconds: number): Status => {
    const lastTransitionTime = new Date(NOW - seconds * 1000).toISOString();
    return { ...READY, conditions: [{ type: "Available", status: "True", lastTransitionTime }] };
  };

  test.each([
    ["are not believed at once: they may crash before they listen", since(2), {}, false],
    ["are believed after three seconds", since(3), {}, true],
    ["need no such wait when the Deployment asks for one itself", since(0), { minReadySeconds: 1 }, true],
    ["need none with a probe", since(0), probed, true],
  ])("%s", (_what, status, spec, available) => {
    expect(of(deployment(status, spec)).available).toBe(available);
  });
});

describe("the time that it gets", () => {
  test.each([
    ["its own progressDeadlineSeconds", 120, 120_000],
    ["Kubernetes' ten minutes", undefined, 600_000],
    ["but never more than ten minutes", 3600, 600_000],
  ])("is %s", (_what, progressDeadlineSeconds, ms) => {
    const spec = progressDeadlineSeconds === undefined ? {} : { progressDeadlineSeconds };

    expect(of(deployment(READY, spec)).deadlineMs).toBe(ms);
  });

  test("is over when Kubernetes has given up on this template", () => {
    const conditions = [{ type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded" }];

    expect(of(deployment({ ...READY, conditions })).gaveUp).toBe(true);
    expect(of(deployment({ ...READY, conditions, observedGeneration: 2 })).gaveUp).toBe(false);
  });
});

test("how far it is: pods of an older template are ready, and not what is waited for", () => {
  const replaced = of(deployment({ ...READY, replicas: 3, updatedReplicas: 1, readyReplicas: 2 }));
  expect(podsReady(replaced)).toBe("2 of 2 pods ready, 2 of an older template still there");
  expect(podsReady(of(deployment({ ...READY, replicas: 2, readyReplicas: 1 })))).toBe("1 of 2 pods ready");
});

describe("what its pods say", () => {
  test.each<readonly [string, Pod, string | undefined]>([
    ["nothing", pod({ ready: true, state: { running: {} } }), undefined],
    ["a start that takes its time", pod({ state: { waiting: { reason: "ContainerCreating" } } }), undefined],
    [
      "an image that cannot be pulled",
      pod({ state: { waiting: { reason: "ImagePullBackOff", message: "no such tag" } } }),
      "container web: ImagePullBackOff (no such tag)",
    ],
    [
      "a crash",
      pod({ restartCount: 0, state: { terminated: { exitCode: 1 } } }),
      "container web crashed, exit code 1, 0 restarts",
    ],
    [
      "crashes",
      pod({
        restartCount: 3,
        state: { waiting: { reason: "CrashLoopBackOff" } },
        lastState: { terminated: { exitCode: 137 } },
      }),
      "container web crashed, exit code 137, 3 restarts",
    ],
    [
      "no room",
      pod({}, [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes fit" }]),
      "0/3 nodes fit",
    ],
  ])("%s", (_what, one, problem) => {
    expect(of(deployment(READY), [one]).problem).toBe(problem);
  });
});

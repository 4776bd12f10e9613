import { expect, test } from "vitest";
import { pendingStatus, runUrl, terminalStatus } from "../../../../steps/lib/experiment/commit-status.ts";
import type { Outcome } from "../../../../steps/lib/experiment/outcome.ts";

const run = { namespace: "ci", name: "web-1" };
const rolledBack: Outcome = {
  word: "rolled-back",
  reason: "CriteriaFailed",
  sentence: "4.2% errors, at most 1%",
};

test("a release that begins is pending", () => {
  expect(pendingStatus("web", "canary/shop/web", undefined)).toEqual({
    state: "pending",
    context: "canary/shop/web",
    description: "canary release of web started",
  });
});

test("a release that ended says how; a rollback is a failure unless the pipeline was told otherwise", () => {
  expect(terminalStatus(rolledBack, "c", "https://dashboard", true)).toEqual({
    state: "failure",
    context: "c",
    description: "4.2% errors, at most 1%",
    targetUrl: "https://dashboard",
  });
  expect(terminalStatus(rolledBack, "c", undefined, false).state).toBe("success");
});

test("details lead to the run in the Tekton Dashboard, or to the page that the address describes", () => {
  expect(runUrl(undefined, run)).toBeUndefined();
  expect(runUrl("https://tekton", run)).toBe("https://tekton/#/namespaces/ci/pipelineruns/web-1");
  expect(runUrl("https://console/k8s/ns/{namespace}/tekton.dev~v1~PipelineRun/{run}", run)).toBe(
    "https://console/k8s/ns/ci/tekton.dev~v1~PipelineRun/web-1",
  );
});

import { describe, expect, it } from "vitest";
import { graphProblem, parentsOf } from "../../../sandbox/tekton/graph.ts";
import { type PipelineTask, parsePipeline } from "../../../sandbox/tekton/manifest.ts";

function tasks(...list: readonly Record<string, unknown>[]): PipelineTask[] {
  return parsePipeline({
    apiVersion: "tekton.dev/v1",
    kind: "Pipeline",
    metadata: { name: "p" },
    spec: { tasks: list.map((task) => ({ taskRef: { name: "t" }, ...task })) },
  }).tasks;
}

const uses = (task: string) => [{ name: "x", value: `see $(tasks.${task}.results.r)` }];

it("a task waits for runAfter and for every task whose results it names, once", () => {
  const [, , last] = tasks(
    { name: "a" },
    { name: "b" },
    {
      name: "c",
      runAfter: ["a"],
      params: uses("a"),
      when: [{ input: "$(tasks.b.results.r)", operator: "in", values: ["x"] }],
    },
  );
  expect(last && parentsOf(last)).toEqual(["a", "b"]);
});

describe("a graph is refused", () => {
  it.each([
    [[{ name: "a" }, { name: "a" }], 'task "a" is defined twice'],
    [[{ name: "a", runAfter: ["b"] }], 'task "a" depends on "b", which is not defined'],
    [
      [{ name: "a", params: uses("b") }, { name: "b", runAfter: ["a"] }, { name: "c" }],
      "these tasks wait for each other: a, b",
    ],
  ])("%j", (list, problem) => expect(graphProblem(tasks(...list))).toBe(problem));
});

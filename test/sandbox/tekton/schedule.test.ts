/** The rules of starting and skipping, over random pipelines and random outcomes. */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parentsOf } from "../../../sandbox/tekton/graph.ts";
import { type PipelineSpec, parsePipeline } from "../../../sandbox/tekton/manifest.ts";
import { schedule } from "../../../sandbox/tekton/schedule.ts";
import { isFinished, type TaskState } from "../../../sandbox/tekton/task-state.ts";

/** Tasks t0, t1, ...; each may come after, use results of, or look at results of earlier ones. */
const pipelines = fc
  .array(
    fc.record({
      after: fc.array(fc.nat(5), { maxLength: 2 }),
      uses: fc.array(fc.nat(5), { maxLength: 1 }),
      looksAt: fc.array(fc.nat(5), { maxLength: 1 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((list): PipelineSpec => {
    const earlier = (all: readonly number[], index: number) =>
      all.filter((other) => other < index).map((other) => `t${other}`);
    return parsePipeline({
      apiVersion: "tekton.dev/v1",
      kind: "Pipeline",
      metadata: { name: "p" },
      spec: {
        tasks: list.map(({ after, uses, looksAt }, index) => ({
          name: `t${index}`,
          taskRef: { name: "t" },
          runAfter: earlier(after, index),
          params: earlier(uses, index).map((name) => ({ name: "x", value: `$(tasks.${name}.results.r)` })),
          when: earlier(looksAt, index).map((name) => ({
            input: `$(tasks.${name}.results.r)`,
            operator: "in",
            values: ["yes"],
          })),
        })),
        finally: [{ name: "last", taskRef: { name: "t" } }],
      },
    });
  });

const outcome = fc.constantFrom<"yes" | "no" | "silent" | "failed">("yes", "no", "silent", "failed");

it("every pipeline comes to its end, nothing starts before its parents are done, and finally starts last", () => {
  fc.assert(
    fc.property(pipelines, fc.array(outcome, { minLength: 7, maxLength: 7 }), (pipeline, outcomes) => {
      const states = new Map<string, TaskState>();
      for (let round = 0; round < 10; round += 1) {
        const { start, skipped, invalid, tasksDone } = schedule({
          pipeline,
          wish: undefined,
          states,
          variables: new Map(),
          over: { pipeline: false, tasks: false, finally: false },
        });
        if (start.length === 0) {
          expect(tasksDone).toBe(true);
          expect(states.get("last")).toBeDefined();
          for (const { name } of pipeline.tasks)
            expect([states.has(name), skipped.has(name), invalid.has(name)].filter(Boolean)).toHaveLength(1);
          return;
        }
        for (const task of start) {
          expect(states.has(task.name)).toBe(false);
          if (task.name === "last") expect(tasksDone).toBe(true);
          else
            for (const parent of parentsOf(task)) {
              const state = states.get(parent);
              expect(skipped.has(parent) || (state !== undefined && isFinished(state))).toBe(true);
            }
          expect(JSON.stringify(task.params)).not.toContain("$(");
        }
        for (const { name } of start) {
          const how = outcomes[Number(name.slice(1))] ?? "yes";
          states.set(name, {
            phase: how === "failed" ? "failed" : "succeeded",
            reason: "x",
            results: new Map(how === "silent" || how === "failed" ? [] : [["r", how]]),
          });
        }
      }
      expect.unreachable("ten rounds and not at the end");
    }),
  );
});

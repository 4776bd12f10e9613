import { describe, expect, test } from "vitest";
import { narrator } from "../../../sandbox/demo/narrator.ts";
import { createOnlooker } from "../../../sandbox/scenario/onlooker.ts";
import { colours } from "../../../sandbox/scenario/terminal.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { experiment } from "../scenario/sighting-log.ts";
import { manualClock } from "../workloads/manual-clock.ts";
import { weighingExperiment } from "./evidence-log.ts";

/** What is told of an Experiment that is written once a second. */
async function told(experiments: readonly KubeObject[]): Promise<readonly string[]> {
  const clock = manualClock();
  const lines: string[] = [];
  const onlooker = createOnlooker(clock);
  const { tell, watch } = narrator(clock, colours(false), (line) => lines.push(line));
  watch({ onlooker });
  tell('push "web 2"');
  for (const object of experiments) {
    onlooker.change({ type: "MODIFIED", object }, false);
    await clock.advance(1000);
  }
  return lines.map((line) => line.replace(/[█░]+/g, "|"));
}

const poll = (number: number, against: number) =>
  weighingExperiment(number, { against, inFavour: [0.5, 0.1, 2] });

describe("what the demo tells of evidence", () => {
  test("a new weight with a row, then the odds, not more than every two seconds", async () => {
    const lines = await told([weighingExperiment(0), poll(1, 2), poll(2, 4), poll(3, 8), poll(4, 16)]);
    expect(lines.filter((line) => line.startsWith("  web-2"))).toHaveLength(1);
    expect(lines).toContainEqual(expect.stringContaining("Nothing counts until the mesh has followed."));
    expect(lines.filter((line) => line.includes("against")).map((line) => line.slice(0, 37))).toEqual([
      "   1.2 s  against | 2:1 of 100:1     ",
      "   3.2 s  against | 8:1 of 100:1     ",
    ]);
  });

  test("the decision once, with its arithmetic, before the traffic is moved", async () => {
    const decided = weighingExperiment(2, { against: 310, inFavour: [0.2, 0.01, 3] }, "CriteriaFailed");
    const moved = {
      ...decided,
      status: {
        ...(decided as { status?: object }).status,
        trafficSplitPercentage: { baseline: 100, candidate: 0 },
      },
    };
    const lines = await told([weighingExperiment(0), poll(1, 2), decided, moved, moved]);
    const at = lines.findIndex((line) => line.includes("The odds against web-2 are 310:1"));
    expect(lines.slice(at + 1, at + 4).map((line) => line.trim().split(": ")[1])).toEqual([
      "errors",
      "errors",
      "slower than 500ms",
    ]);
    expect(lines.findLastIndex((line) => line.startsWith("  web-2"))).toBeGreaterThan(at);
    expect(lines.filter((line) => line.includes("310:1 is") || line.includes("are 310:1"))).toHaveLength(1);
  });

  test("an Experiment without evidence is told as kubectl shows it", async () => {
    const lines = await told([experiment("web-1", "web-2", ["promoted", "CriteriaMet"], 80)]);
    expect(lines.join("\n")).toMatch(/NAME +PHASE.*web-2 +Completed/s);
    expect(lines.join("\n")).not.toContain("against");
  });
});

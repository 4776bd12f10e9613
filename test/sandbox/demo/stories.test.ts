import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { chooseStory, STORIES } from "../../../sandbox/demo/stories.ts";
import { readScenario } from "../../../sandbox/scenario/read.ts";
import { experimentSpec } from "../../../steps/lib/experiment/schema.ts";
import { defaultExperiment } from "../../../steps/lib/experiment/sequential.ts";

async function scenarioOf(name: string) {
  const { path = "" } = STORIES.find((one) => one.name === name) ?? {};
  const reading = readScenario(await readFile(path, "utf8"), path);
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  return reading.scenario;
}

describe("which story is told", () => {
  test("the tutorial, when none is named", () => {
    expect(chooseStory([])).toMatchObject({ story: { name: "tutorial" }, intervalS: undefined });
  });

  test("the one that is named, at the interval that is asked for", () => {
    expect(chooseStory(["evidence"])).toMatchObject({ story: { name: "evidence" } });
    expect(chooseStory(["tutorial"], "5")).toMatchObject({ story: { name: "tutorial" }, intervalS: 5 });
  });

  test.each([
    [["evidnce"], undefined, 'There is no story "evidnce"; there are: tutorial, evidence.'],
    [["toString"], undefined, 'There is no story "toString"; there are: tutorial, evidence.'],
    [["tutorial", "evidence"], undefined, "One story at a time, not also evidence."],
    [["tutorial"], "soon", "--interval must be a number of seconds above 0, not soon."],
    [
      ["evidence"],
      "5",
      "--interval has no meaning for the story evidence: evidence is weighed at every scrape.",
    ],
  ])("%j with interval %s: %s", (names, interval, problem) => {
    expect(chooseStory(names, interval)).toEqual({ kind: "problem", problem });
  });
});

describe("the stories", () => {
  test.each(STORIES.map(({ name }) => [name]))("%s is a valid scenario", async (name) => {
    expect((await scenarioOf(name)).name).toBe(name);
  });

  test("evidence is decided by the default experiment, but for a shorter soak, which is said", async () => {
    const { repository, description } = await scenarioOf("evidence");
    const given = experimentSpec.parse(parse(repository["iter8/experiment.yaml"] ?? "").spec);
    const { minSoak, ...trafficControl } = given.trafficControl;
    expect({ ...given, targetService: {}, trafficControl }).toEqual({
      ...defaultExperiment(),
      targetService: {},
    });
    expect(minSoak).toBe("20s");
    expect(description).toMatch(/minSoak is 20 s\s+instead of 60 s/);
  });
});

/** Which scenarios `npm run e2e` plays on a real cluster, and which of them alone. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readScenario } from "../../sandbox/scenario/read.ts";
import { isAlone, isUnhurried, whyNot, withImportedImages } from "../e2e/world/applies.ts";

const FOLDER = "test/scenarios";

function scenario(name: string) {
  const reading = readScenario(withImportedImages(readFileSync(join(FOLDER, name), "utf8")), name);
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  return reading.scenario;
}

describe("a scenario on a real cluster", () => {
  test("is played unless it needs what only the sandbox can do", () => {
    expect(whyNot(scenario("tutorial.yaml"), true)).toBeUndefined();
    expect(whyNot(scenario("metrics-gone.yaml"), true)).toBeUndefined();
    expect(whyNot(scenario("override.yaml"), true)).toBeUndefined();
    const through = { ...scenario("tutorial.yaml"), traffic: { rate: 1, through: "shop.example.com" } };
    expect(whyNot(through, true)).toBe("its users come through a route of their own");
  });

  test("is skipped on a cluster that is not ours when its processes would have to be killed", () => {
    expect(whyNot(scenario("tutorial.yaml"), false)).toBeUndefined();
    expect(whyNot(scenario("killed-while-shifting.yaml"), false)).toBe(
      "kill is not possible on this cluster",
    );
  });

  test("is played alone when it takes away what others need, or needs the machine", () => {
    expect(isAlone(scenario("metrics-gone.yaml"))).toBe(true);
    expect(isAlone(scenario("few-errors.yaml"))).toBe(true);
    expect(isAlone(scenario("tutorial.yaml"))).toBe(true);
    expect(isAlone(scenario("crashes.yaml"))).toBe(true);
    expect(isAlone(scenario("../e2e/scenarios/tutorial-by-tkn.yaml"))).toBe(false);
    expect(isAlone(scenario("killed-while-shifting.yaml"))).toBe(false);
  });

  test("has the lane of the long ones when it waits most of the time", () => {
    expect(isUnhurried(scenario("../e2e/scenarios/tutorial-by-tkn.yaml"))).toBe(true);
    expect(isUnhurried(scenario("killed-while-shifting.yaml"))).toBe(false);
  });

  test("asks no registry for an image, since there is none", () => {
    const asking = readdirSync(FOLDER).filter((name) =>
      JSON.stringify(scenario(name)).includes("imagePullPolicy: Always"),
    );
    expect(asking).toEqual([]);
  });
});

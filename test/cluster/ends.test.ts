/** Ending what a scenario's world has started. */
import { expect, test } from "vitest";
import { asOne, endAll } from "../e2e/world/ends.ts";

test("everything is ended, last first, whatever fails; and nothing twice", async () => {
  const ended: string[] = [];
  const end =
    (name: string, fails = false) =>
    async () => {
      ended.push(name);
      if (fails) throw new Error(`${name} does not end`);
    };
  const ends = [end("forge"), end("namespace", true), end("entrance"), end("listener", true)];
  const failures = await endAll(ends);
  expect(ended).toEqual(["listener", "entrance", "namespace", "forge"]);
  expect(asOne(failures)).toEqual(new Error("listener does not end\nnamespace does not end"));
  expect(await endAll(ends)).toEqual([]);
});

test("a failure that is the only one stays as it is", () => {
  const failure = new Error("the forge does not end");
  expect(asOne([failure])).toBe(failure);
});

/** What is wrong on the command line is said before anything is played. */
import { afterEach, expect, test, vi } from "vitest";
import { scenarioCommand } from "../../../sandbox/scenario/command.ts";

afterEach(() => vi.restoreAllMocks());

test.each([
  [[], "no scenario file is named"],
  [["test/scenarios/no-change.yaml", "--parallel", "x"], "--parallel x: must be a whole number from 1 on"],
  [["test/scenarios/nothing.yaml"], "test/scenarios/nothing.yaml cannot be read: there is no such file"],
  [["test/scenarios/no-change.yaml", "--json", "/nowhere/x.json"], "must be writable: ENOENT"],
])("%j: exit code 2", async (args, problem) => {
  const said: unknown[] = [];
  vi.spyOn(console, "error").mockImplementation((text) => said.push(text));

  expect(await scenarioCommand(args, process.cwd())).toBe(2);

  expect(said.join("\n")).toContain(problem);
});

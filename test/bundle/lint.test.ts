import { Config, Linter } from "@ibm/tekton-lint";
import { expect, it } from "vitest";

it("gives tekton-lint nothing to complain about", async () => {
  const linter = Config.getDefaultConfig();
  linter.globs = ["tasks/*/*.yaml", "pipelines/*/*.yaml"];
  expect(await Linter.run(linter)).toEqual([]);
});

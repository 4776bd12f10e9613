/** Who answered a user, as the reply tells. */
import { expect, test } from "vitest";
import { deploymentIn } from "../e2e/world/entrance.ts";

test.each([
  ["unknown from iter8-demo-v100-6c9f8d7b54-x2x9k\n", "iter8-demo-v100"],
  ["v101 from web-5d8f-abcde: failed, as told\n", "web"],
  ["no healthy upstream", undefined],
  ["", undefined],
])("a user who reads %j was served by %s", (body, deployment) => {
  expect(deploymentIn(body)).toBe(deployment);
});

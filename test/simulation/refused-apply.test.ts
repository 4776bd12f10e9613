/** A candidate that the API does not let in although a dry run was fine: the commit is told why, not only that a task failed. */
import { expect, test } from "vitest";
import { StatusError } from "../../sandbox/cluster/store.ts";
import { pushed } from "../steps/create-experiment/pushed.ts";

test("a quota that is used up when the candidate is applied is what the commit is told", async () => {
  const why = "exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2";
  const end = await pushed({
    before({ store }) {
      const { create } = store;
      store.create = (object, options) => {
        const applied = object.kind === "Deployment" && options?.dryRun !== true;
        if (applied) throw new StatusError(403, "Forbidden", why);
        return create(object, options);
      };
    },
  });

  const name = `web-${end.short}`;
  expect(end.states).toEqual(["pending", "failure"]);
  expect(end.description).toBe(
    `Rolled back to web, ${name} is not available: could not create Deployment ${name}: ${why}.`,
  );
  expect(end.world.violations()).toEqual([]);
});

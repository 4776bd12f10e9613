import { expect, test } from "vitest";
import type { CommitState, CommitStatus, Forge } from "../../../../steps/lib/ports/forge.ts";
import { postTerminalStatus } from "../../../../steps/lib/release/post-status.ts";

const status: CommitStatus = { state: "success", context: "canary/shop/web", description: "promoted" };

function forgeWith(newest: CommitState | undefined) {
  const posted: CommitState[] = [];
  const forge: Forge = {
    head: async () => "",
    newestStatus: async () => posted.at(-1) ?? newest,
    setStatus: async (_, { state }) => {
      posted.push(state);
    },
  };
  return { forge, posted };
}

test.each(["pending", undefined] as const)(
  "a terminal status follows %s, once however often it is tried",
  async (newest) => {
    const { forge, posted } = forgeWith(newest);
    expect(await postTerminalStatus(forge, "revision", status)).toBe(true);
    expect(await postTerminalStatus(forge, "revision", { ...status, state: "error" })).toBe(false);
    expect(posted).toEqual(["success"]);
  },
);

test.each(["success", "failure", "error"] as const)("nothing follows %s", async (newest) => {
  const { forge, posted } = forgeWith(newest);
  expect(await postTerminalStatus(forge, "revision", status)).toBe(false);
  expect(posted).toEqual([]);
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createTokens } from "../../../sandbox/cluster/tokens.ts";
import { stepCredentials } from "../../../sandbox/world/step-credentials.ts";

test("the tokens of a pod that vanishes are good no more; those of the pod that is made again, and of others, are", () => {
  const folder = mkdtempSync(join(tmpdir(), "credentials-"));
  const tokens = createTokens(() => 0);
  const credentials = stepCredentials(folder, "http://127.0.0.1:1", tokens);
  const start = (taskRun: string, step: string) => {
    credentials.environment({ serviceAccount: "canary", namespace: "ci", taskRun, step });
    return credentials.issued[`the token of ${taskRun}/${step}`] ?? "";
  };
  const lost = [start("wait", "one"), start("wait", "two")];
  const other = start("load", "one");

  credentials.revoke({ namespace: "ci", taskRun: "wait" });
  const again = start("wait", "one");

  expect(lost.map((token) => tokens.caller(token))).toEqual([undefined, undefined]);
  expect(tokens.caller(other)?.process).toBe("load/one");
  expect(tokens.caller(again)?.process).toBe("wait/one");
  rmSync(folder, { recursive: true });
});

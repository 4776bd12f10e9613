/** One `up` at a time on a machine. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { holdLock, OtherAtWork } from "../e2e/cluster/lock.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lock-"));
  file = join(folder, "cluster.pid");
});
afterEach(() => rmSync(folder, { recursive: true }));

// Processes are told apart by /proc, on Linux alone.
describe.skipIf(process.platform !== "linux")("the lock", () => {
  test("is held by one of several that want it at once, and nothing else is left beside it", async () => {
    const tries = await Promise.allSettled(Array.from({ length: 5 }, () => holdLock(file)));
    const refused = tries.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(refused).toHaveLength(4);
    expect(refused.every((error) => error instanceof OtherAtWork)).toBe(true);
    expect(refused[0].message).toBe(
      `Another "up" is at work (process ${process.pid}): wait for it, or end it with "down".`,
    );
    expect(readdirSync(folder)).toEqual(["cluster.pid"]);
  });

  test("can be taken again once it is given back", async () => {
    const release = await holdLock(file);
    await release();
    expect(readdirSync(folder)).toEqual([]);
    await expect(holdLock(file)).resolves.toBeTypeOf("function");
  });

  test("of a process that has ended is taken over, also when its number is another's by now", async () => {
    const child = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(child, "exit");
    for (const dead of [`${child.pid} 12345`, `${process.pid} 1`]) {
      writeFileSync(file, dead);
      const release = await holdLock(file);
      await expect(holdLock(file)).rejects.toThrow(OtherAtWork);
      await release();
    }
  });
});

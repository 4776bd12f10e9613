import { describe, expect, it } from "vitest";
import { bundlePath, programOf, relocate } from "../../../sandbox/tekton/places.ts";

const PLACES = [
  { path: "/etc/canary/github", real: "/real/github" },
  { path: "/workspace", real: "/real/workspace" },
  { path: "/tmp", real: "/real/tmp" },
];

describe("a path of the pod", () => {
  it.each([
    ["/etc/canary/github/token", "/real/github/token"],
    ["/tmp", "/real/tmp"],
    ["--file=/tmp/x", "--file=/real/tmp/x"],
    ["/tmp/a:/workspace/b", "/real/tmp/a:/real/workspace/b"],
    ["cat /tmp/a; ls /tmp;", "cat /real/tmp/a; ls /real/tmp;"],
    ["/tmpfile and /etc/canary", "/tmpfile and /etc/canary"],
    ["http://host/tmp/x", "http://host/tmp/x"],
    ["$(params.tmp)/tmp", "$(params.tmp)/tmp"],
  ])("%s", (text, expected) => expect(relocate(text, PLACES)).toBe(expected));
});

it("only a whole argument names a bundle", () => {
  expect(bundlePath("/app/wait-and-cleanup.mjs", "/dist")).toBe("/dist/wait-and-cleanup.mjs");
  expect(bundlePath("/app/other/x.mjs", "/dist")).toBeUndefined();
  expect(programOf(["node", "/app/wait-and-cleanup.mjs"])).toBe("wait-and-cleanup");
  expect(programOf(["sh", "-c", "true"])).toBeUndefined();
});

/** The step images: what a cluster with restricted pod security and no shell in the image asks for. */
import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { tasks, text } from "./manifests.ts";

const instructions = text("images/Containerfile")
  .replaceAll("\\\n", " ")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.replaceAll(/\s+/g, " "));
const { version } = JSON.parse(text("package.json")) as { version: string };

it("takes any base and needs no shell in it", () => {
  expect(instructions.slice(0, 2)).toEqual(["ARG BASE=docker.io/library/node:24-slim", "FROM ${BASE}"]);
  expect(instructions.filter((line) => line.startsWith("RUN"))).toEqual([]);
  expect(instructions).toContain('ENTRYPOINT ["node"]');
});

it("holds one bundle, where the Tasks look for it, readable by any user", () => {
  expect(instructions.filter((line) => /^(COPY|ADD)/.test(line))).toEqual([
    "COPY --chown=0:0 --chmod=0444 dist/${STEP}.mjs /app/${STEP}.mjs",
  ]);
});

it("runs as a numeric user of group 0, who is not root", () => {
  expect(instructions.filter((line) => line.startsWith("USER"))).toEqual(["USER 65532:0"]);
});

it("has the version of the package, as the Tasks and their images do", () => {
  expect(instructions).toContain(`ARG VERSION=${version}`);
  for (const { metadata, spec } of tasks) {
    expect(metadata.labels?.["app.kubernetes.io/version"]).toBe(version);
    for (const { image } of spec.steps)
      expect(image).toMatch(new RegExp(`:${version.replaceAll(".", "\\.")}$`));
  }
});

it("says what to install when no program that builds images is there", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/images.mjs"], {
    env: { PATH: "" },
    encoding: "utf8",
  });
  expect(status).toBe(1);
  expect(stderr).toBe(
    "none of buildah, podman and docker is installed; on Debian: apt-get install buildah\n",
  );
});

/** How the suite makes the images and keeps them, without building one. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { imageCache, markUsed, prune, unused } from "../e2e/world/image-cache.ts";
import { appImages, fullName, stepImages } from "../e2e/world/images.ts";
import { stepArchives } from "../e2e/world/step-images.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "images-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the cache of images", () => {
  test("is beside the cluster's", () => {
    expect(imageCache({ XDG_CACHE_HOME: "/cache" })).toBe("/cache/tekton-canary/e2e");
  });

  test("keeps what was used in the last 14 days, and a draft for an hour", () => {
    const now = 100 * DAY_MS;
    const kept = (name: string, age: number) => ({ name, usedAt: now - age });
    const all = [
      kept("web-1.tar", 14 * DAY_MS),
      kept("web-2.tar", 15 * DAY_MS),
      kept(".draft-image-a", HOUR_MS / 2),
      kept(".draft-image-b", 2 * HOUR_MS),
    ];
    expect(unused(all, now)).toEqual(["web-2.tar", ".draft-image-b"]);
  });

  test("loses files and folders that nobody used, and none that somebody did", async () => {
    const cache = join(folder, "e2e");
    const old = new Date(Date.now() - 15 * DAY_MS);
    for (const name of ["steps-old", "steps-used"]) {
      mkdirSync(join(cache, name), { recursive: true });
      writeFileSync(join(cache, name, "wait-and-cleanup.tar"), "");
      utimesSync(join(cache, name), old, old);
    }
    writeFileSync(join(cache, "web-1.tar"), "");
    utimesSync(join(cache, "web-1.tar"), old, old);
    await markUsed(join(cache, "steps-used"));

    await prune(cache);
    expect(readdirSync(cache)).toEqual(["steps-used"]);
  });

  test("is made when there is none", async () => {
    await prune(join(folder, "a", "b"));
    expect(readdirSync(join(folder, "a"))).toEqual(["b"]);
  });
});

describe("the step images", () => {
  /** A checkout with what the images follow from. */
  function checkout(): string {
    for (const file of [
      "package.json",
      "images/Containerfile",
      "scripts/images.mjs",
      "scripts/image-builder.mjs",
      "scripts/node-root.mjs",
      "test/e2e/cluster/parts/buildah/buildah.sh",
    ]) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      cpSync(join(ROOT, file), join(folder, file));
    }
    mkdirSync(join(folder, "tasks/wait-and-cleanup"), { recursive: true });
    mkdirSync(join(folder, "dist"));
    writeFileSync(join(folder, "dist/wait-and-cleanup.mjs"), "// the bundle");
    return folder;
  }

  test("have the names that the Tasks have", async () => {
    const tasks = readdirSync(join(ROOT, "tasks"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => readFileSync(join(ROOT, "tasks", file), "utf8"));
    const images = await stepImages(ROOT);
    expect(images).toHaveLength(5);
    for (const { name } of images) expect(tasks.join("\n")).toContain(`image: ${name}\n`);
  });

  test("are built once, and again when anything that they follow from is another", async () => {
    const root = checkout();
    const seen = [await stepArchives(root, "/cache")];
    expect(await stepArchives(root, "/cache")).toBe(seen[0]);
    for (const file of [
      "images/Containerfile",
      "dist/wait-and-cleanup.mjs",
      "scripts/node-root.mjs",
      "test/e2e/cluster/parts/buildah/buildah.sh",
    ]) {
      writeFileSync(join(root, file), `${readFileSync(join(root, file), "utf8")}\n`);
      seen.push(await stepArchives(root, "/cache"));
    }
    expect(new Set(seen).size).toBe(5);
  });

  test("are built by a buildah that knows no setting of the machine and writes in its own folder only", () => {
    // Given a buildah that tells how it was called.
    const script = join(folder, "bin/buildah");
    const program = join(folder, "root/usr/bin/buildah");
    for (const file of [script, program]) mkdirSync(dirname(file), { recursive: true });
    cpSync(join(ROOT, "test/e2e/cluster/parts/buildah/buildah.sh"), script);
    writeFileSync(program, '#!/bin/sh\necho "$@"\nenv\n');
    for (const file of [script, program]) chmodSync(file, 0o755);
    const scratch = join(folder, "scratch");

    // When it is called with settings of the machine's user in the environment.
    const said = execFileSync(script, ["bud", "a folder"], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: "/home/me", BUILDAH_ISOLATION: "oci", TMPDIR: scratch },
    });

    // Then it got none of them, and every folder that it gets is one of ours.
    expect(said).toContain(`--root ${scratch}/images --runroot ${scratch}/run/images bud a folder\n`);
    expect(said).not.toMatch(/\/home\/me|BUILDAH_ISOLATION/);
    expect(said).toContain(`HOME=${scratch}/home\n`);
    const settings = join(scratch, "home/.config/containers");
    expect(said).toContain(`CONTAINERS_STORAGE_CONF=${settings}/storage.conf\n`);
    expect(readdirSync(settings)).toEqual(["policy.json", "storage.conf"]);
  });
});

test("a scenario gets an image of the demo app for each behaviour, but for those that cannot be pulled", () => {
  const behaviours = { "shop/web:1": { latency: { p50: 100, p99: 100 } }, "shop/web:2": { pull: false } };
  const images = appImages(".", behaviours, 8080);
  expect(images.map(({ name, environment }) => ({ name, environment }))).toEqual([
    { name: "docker.io/shop/web:1", environment: ["PORT=8080", "LATENCY=100ms", "LATENCY_P99=100ms"] },
  ]);
});

test.each([
  ["web:1", "docker.io/library/web:1"],
  ["shop/web:1", "docker.io/shop/web:1"],
  ["registry.example.com/shop/web:1", "registry.example.com/shop/web:1"],
  ["localhost/web:1", "localhost/web:1"],
])("the kubelet takes image %s for %s", (name, full) => {
  expect(fullName(name)).toBe(full);
});

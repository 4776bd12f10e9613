import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { workspace } from "../../../../steps/lib/clients/workspace.ts";
import { InvalidError, RefusedError } from "../../../../steps/lib/ports/errors.ts";

const REVISION = "a".repeat(40);
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "workspace-"));
  await mkdir(join(folder, "source/config/more"), { recursive: true });
  await writeFile(join(folder, "source/config/web.yaml"), "web");
  await writeFile(join(folder, "source/config/more/api.yaml"), "api");
  await writeFile(join(folder, "outside"), "a secret");
});
afterEach(() => rm(folder, { recursive: true }));

test("a directory is read with all below it, in order", async () => {
  expect(await workspace(join(folder, "source")).files(REVISION, "config")).toEqual([
    { path: "config/more/api.yaml", text: "api" },
    { path: "config/web.yaml", text: "web" },
  ]);
});

test("a file is read; what is not there is empty", async () => {
  const source = workspace(join(folder, "source"));
  expect(await source.files(REVISION, "config/web.yaml")).toEqual([{ path: "config/web.yaml", text: "web" }]);
  expect(await source.files(REVISION, "iter8/experiment.yaml")).toEqual([]);
  expect(await source.files(REVISION, "config/web.yaml/deeper")).toEqual([]);
});

test.each(["../outside", "config/../../outside", ".."])(
  "the path %s that leaves the folder is refused",
  async (path) => {
    await expect(workspace(join(folder, "source")).files(REVISION, path)).rejects.toThrow(InvalidError);
  },
);

test("a symbolic link that leaves the folder is refused by name", async () => {
  await symlink(join(folder, "outside"), join(folder, "source/config/link.yaml"));
  await expect(workspace(join(folder, "source")).files(REVISION, "config")).rejects.toThrow(
    "could not read config/link.yaml: it leads out of the workspace",
  );
});

test("a file of more than 256 KB and more than 100 files are refused", async () => {
  const source = workspace(join(folder, "source"));
  await writeFile(join(folder, "source/config/big.yaml"), "x".repeat(1024 * 1024 + 1));
  await expect(source.files(REVISION, "config/big.yaml")).rejects.toThrow(
    /config\/big.yaml: it is larger than 256 KB/,
  );
  await mkdir(join(folder, "source/many"));
  for (let i = 0; i <= 100; i++) await writeFile(join(folder, `source/many/${i}.yaml`), "");
  await expect(source.files(REVISION, "many")).rejects.toThrow(/many: it has more than 100 files/);
});

test("a workspace that is not mounted is refused", async () => {
  await expect(workspace(join(folder, "nowhere")).files(REVISION, "config")).rejects.toThrow(RefusedError);
});

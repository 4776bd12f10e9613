/** The images of the five steps, built from images/Containerfile as `npm run images -- --offline` builds them. */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { folderOf, keyOf, obtain } from "../cluster/artefacts/artefact.ts";
import { run } from "../cluster/command.ts";
import { buildahProgram } from "../cluster/parts/buildah/part.ts";
import { type Progress, progress } from "../cluster/progress.ts";
import { hashOf, kept, markUsed } from "./image-cache.ts";

/** What builds them. */
const RECIPE = [
  "images/Containerfile",
  "scripts/images.mjs",
  "scripts/image-builder.mjs",
  "scripts/node-root.mjs",
];

export async function stepNames(root: string): Promise<readonly string[]> {
  const folders = await readdir(join(root, "tasks"), { withFileTypes: true });
  return folders.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** The one file of ours in a step's image. */
export function stepProgram(root: string, step: string): string {
  return join(root, "dist", `${step}.mjs`);
}

/** The name that the Tasks have; the tag is the version in package.json. */
export async function stepImage(root: string, step: string): Promise<string> {
  return `ghcr.io/tekton-canary/${step}:${await versionOf(root)}`;
}

/** Folder of the archives, each `STEP.tar`; another one when anything that they follow from is another. */
export async function stepArchives(root: string, cache: string): Promise<string> {
  const programs = (await stepNames(root)).map((step) => stepProgram(root, step));
  const files = [...RECIPE.map((file) => join(root, file)), ...programs];
  const hashes = files.map(async (file) => hashOf(await readFile(file)));
  const key = hashOf(keyOf(buildahProgram(root)), await versionOf(root), ...(await Promise.all(hashes)));
  return join(cache, `steps-${key}`);
}

/** Builds the archives unless they are there, and gives their folder. `report` gets a line for what takes a while. */
export async function buildSteps(
  root: string,
  cache: string,
  report: (line: string) => void,
): Promise<string> {
  const archives = await stepArchives(root, cache);
  return await kept(archives, async (draft) => {
    const says = progress(report);
    const path = await builderPath(root, cache, says);
    return await says.part("step images", () => build(root, path, archives, draft));
  });
}

/** Throws when they are not what `archives` was named after: the script bundles the steps anew when their sources are newer. */
async function build(root: string, path: string, archives: string, draft: string): Promise<string> {
  const scratch = join(draft, "scratch");
  const made = join(draft, "archives");
  await mkdir(scratch);
  await run(process.execPath, ["scripts/images.mjs", "--offline", "--archive", made], {
    cwd: root,
    env: { ...process.env, PATH: path, TMPDIR: scratch, STORAGE_DRIVER: "vfs" },
    bound: true,
  });
  if ((await stepArchives(root, dirname(archives))) !== archives) {
    throw new Error("what they follow from has changed while they were built; start again");
  }
  return made;
}

/** The PATH with a builder: for root on x64 Linux our own buildah, which others could not run; they have to have one. */
async function builderPath(root: string, cache: string, says: Progress): Promise<string> {
  const { PATH = "" } = process.env;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || process.platform !== "linux" || process.arch !== "x64") return PATH;
  const tools = join(cache, "tools");
  const buildah = buildahProgram(root);
  await obtain(tools, [buildah], says);
  await markUsed(tools);
  return `${join(folderOf(tools, buildah), "bin")}:${PATH}`;
}

async function versionOf(root: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  return version;
}

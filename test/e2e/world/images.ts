/** The images of a scenario: the five steps', and the demo app's with a behaviour. Nothing is pulled, so none is built with a tool. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type Behaviour, environmentOf } from "../../../sandbox/workloads/behaviour.ts";
import { importImages } from "../cluster/cluster.ts";
import { run } from "../cluster/command.ts";
import { writeArchive } from "../cluster/images/archive.ts";
import { cacheFolder } from "../cluster/layout.ts";

/** Fills a folder with Node and its libraries; `context` is the image's root. */
export type NodeRoot = (folder: string) => { readonly context: string };

interface Wanted {
  readonly name: string;
  /** A file of ours, which becomes `/app/<its name>`. */
  readonly program: string;
  readonly entrypoint: readonly string[];
  readonly environment: readonly string[];
}

/** As the Containerfiles say. */
const USER = "65532:0";

/** What `config/` names; the tag is the version in package.json. */
export async function stepImages(root: string): Promise<readonly Wanted[]> {
  const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
  const folders = await readdir(join(root, "tasks"), { withFileTypes: true });
  return folders
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({
      name: `ghcr.io/tekton-canary/${name}:${version}`,
      program: join(root, "dist", `${name}.mjs`),
      entrypoint: ["node"],
      environment: ["NODE_ENV=production"],
    }));
}

/** `port`: where the app listens; in the sandbox the runtime tells it. */
export function appImages(
  root: string,
  images: Readonly<Record<string, Behaviour>>,
  port: number,
): readonly Wanted[] {
  return Object.entries(images)
    .filter(([, { pull }]) => pull !== false)
    .map(([name, behaviour]) => ({
      name: fullName(name),
      program: join(root, "samples", "tutorial", "app", "app.mjs"),
      entrypoint: ["node", "/app/app.mjs"],
      environment: Object.entries({ PORT: port, ...environmentOf(behaviour) }).map(
        ([key, value]) => `${key}=${value}`,
      ),
    }));
}

/** A name without a registry means Docker's, for the kubelet too. */
export function fullName(name: string): string {
  const [first = "", ...rest] = name.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return hasRegistry ? name : `docker.io/${rest.length === 0 ? "library/" : ""}${name}`;
}

/** Makes what is not in the cache and imports it into the cluster's runtime, but for archives that `imported` has already. */
export async function provide(
  root: string,
  nodeRoot: NodeRoot,
  images: readonly Wanted[],
  imported: Set<string>,
): Promise<void> {
  const cache = join(dirname(cacheFolder()), "e2e");
  await mkdir(cache, { recursive: true });
  const recipe = await readFile(join(root, "scripts", "node-root.mjs"));
  const base = join(cache, `node-${hashOf(recipe)}`);
  if (!existsSync(base)) await makeBase(nodeRoot, base);
  const archives: string[] = [];
  for (const image of images) {
    const file = `${image.name.replace(/\W+/g, "-")}-${await keyOf(image, recipe)}.tar`;
    if (!existsSync(join(cache, file))) await makeImage(image, base, join(cache, file));
    archives.push(join(cache, file));
  }
  await importImages(archives.filter((archive) => !imported.has(archive)));
  for (const archive of archives) imported.add(archive);
}

async function makeBase(nodeRoot: NodeRoot, base: string): Promise<void> {
  const folder = await mkdtemp(`${base}-`);
  await rename(nodeRoot(folder).context, base);
  await rm(folder, { recursive: true });
}

async function makeImage(image: Wanted, base: string, file: string): Promise<void> {
  const folder = await mkdtemp(join(dirname(file), "image-"));
  try {
    const rootFolder = join(folder, "root");
    // Hard links: the base is the same in all of them.
    await run("cp", ["--archive", "--link", base, rootFolder]);
    await mkdir(join(rootFolder, "app"));
    await copyFile(image.program, join(rootFolder, "app", basename(image.program)));
    const { name, entrypoint, environment } = image;
    const made = join(folder, "image.tar");
    await writeArchive(
      { name, root: rootFolder, entrypoint, environment, user: USER },
      made,
      join(folder, "scratch"),
    );
    await rename(made, file);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function keyOf({ name, program, entrypoint, environment }: Wanted, recipe: Buffer): Promise<string> {
  return hashOf(recipe, await readFile(program), JSON.stringify({ name, entrypoint, environment }));
}

function hashOf(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 16);
}

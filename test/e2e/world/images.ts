/** The images of a scenario: the five steps' as they are shipped, and the demo app's with a behaviour. Nothing is pulled. */
import { copyFile, mkdir, readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Behaviour, environmentOf } from "../../../sandbox/workloads/behaviour.ts";
import { run } from "../cluster/command.ts";
import { writeArchive } from "../cluster/images/archive.ts";
import type { ImageSize } from "../figures/markdown.ts";
import { hashOf, imageCache, kept, prune } from "./image-cache.ts";
import { buildSteps, stepImage, stepNames, stepProgram } from "./step-images.ts";

/** Fills a folder with Node and its libraries; `context` is the image's root. */
export type NodeRoot = (folder: string) => { readonly context: string };

export interface StepImage {
  readonly kind: "step";
  readonly name: string;
  readonly step: string;
  /** A file of ours, which becomes `/app/<its name>`. */
  readonly program: string;
}

export interface AppImage {
  readonly kind: "app";
  readonly name: string;
  /** As a step's. */
  readonly program: string;
  readonly environment: readonly string[];
}

export type Wanted = StepImage | AppImage;

/** As the Containerfiles say. */
const USER = "65532:0";

export const FORWARDER_IMAGE = "localhost/tekton-canary/forwarder:1";

export function forwarderImage(root: string): AppImage {
  return {
    kind: "app",
    name: FORWARDER_IMAGE,
    program: join(root, "test", "e2e", "world", "forwarder.mjs"),
    environment: [],
  };
}

export async function stepImages(root: string): Promise<readonly StepImage[]> {
  const steps = await stepNames(root);
  return Promise.all(
    steps.map(async (step) => ({
      kind: "step",
      name: await stepImage(root, step),
      step,
      program: stepProgram(root, step),
    })),
  );
}

/** `port`: where the app listens; in the sandbox the runtime tells it. */
export function appImages(
  root: string,
  images: Readonly<Record<string, Behaviour>>,
  port: number,
): readonly AppImage[] {
  return Object.entries(images)
    .filter(([, { pull }]) => pull !== false)
    .map(([name, behaviour]) => ({
      kind: "app",
      name: fullName(name),
      program: join(root, "samples", "tutorial", "app", "app.mjs"),
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

export interface Images {
  /** Makes what is not in the cache and gives the cluster what it has not got yet; one call after the other. */
  provide(images: readonly Wanted[]): Promise<void>;
  /** Of images that were provided; throws for another. */
  sizes(images: readonly Wanted[]): Promise<readonly ImageSize[]>;
}

export function createImages(
  root: string,
  nodeRoot: NodeRoot,
  importImages: (archives: readonly string[]) => Promise<void>,
  report: (line: string) => void = console.log,
): Images {
  const cache = imageCache();
  /** Archives by the images' names. */
  const imported = new Map<string, string>();
  // Whoever calls first waits for this, and is told when it fails.
  let last: Promise<unknown> = prune(cache);

  async function archiveOf(image: Wanted): Promise<string> {
    if (image.kind === "step") return join(await buildSteps(root, cache, report), `${image.step}.tar`);
    const { name, environment } = image;
    const key = hashOf(
      await recipeOf(root),
      await readFile(image.program),
      JSON.stringify({ name, environment }),
    );
    const archive = join(cache, `${name.replace(/\W+/g, "-")}-${key}.tar`);
    return await kept(archive, async (draft) => makeImage(image, await baseIn(cache, root, nodeRoot), draft));
  }

  async function provide(images: readonly Wanted[]): Promise<void> {
    const fresh = new Map<string, string>();
    for (const image of images) {
      const archive = await archiveOf(image);
      if (imported.get(image.name) !== archive) fresh.set(image.name, archive);
    }
    await importImages([...fresh.values()]);
    for (const [name, archive] of fresh) imported.set(name, archive);
  }

  return {
    provide(images) {
      const done = last.then(() => provide(images));
      last = done.catch(() => undefined);
      return done;
    },
    sizes: (images) =>
      Promise.all(
        images.map(async ({ name, program }) => {
          const archive = imported.get(name);
          if (archive === undefined) throw new Error(`the image ${name} was not provided`);
          return { name, bytes: (await stat(archive)).size, programBytes: (await stat(program)).size };
        }),
      ),
  };
}

/** What the base is made by: another one makes another base. */
function recipeOf(root: string): Promise<Buffer> {
  return readFile(join(root, "scripts", "node-root.mjs"));
}

/** The folder with Node that the app's images have in common. */
export async function basePath(root: string, cache: string): Promise<string> {
  return join(cache, `node-${hashOf(await recipeOf(root))}`);
}

async function baseIn(cache: string, root: string, nodeRoot: NodeRoot): Promise<string> {
  return await kept(await basePath(root, cache), async (draft) => nodeRoot(draft).context);
}

/** The archive, somewhere in the folder. */
async function makeImage(image: AppImage, base: string, folder: string): Promise<string> {
  const rootFolder = join(folder, "root");
  // Hard links: the base is the same in all of them.
  await run("cp", ["--archive", "--link", base, rootFolder]);
  await mkdir(join(rootFolder, "app"));
  await copyFile(image.program, join(rootFolder, "app", basename(image.program)));
  const { name, environment } = image;
  const entrypoint = ["node", `/app/${basename(image.program)}`];
  const made = join(folder, "image.tar");
  const content = { name, root: rootFolder, entrypoint, environment, user: USER };
  await writeArchive(content, made, join(folder, "scratch"));
  return made;
}

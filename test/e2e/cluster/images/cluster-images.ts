/** The images of everything that runs in a pod of the cluster itself. */
import { chmod, cp, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Artefact, Workshop } from "../artefacts/artefact.ts";
import { writeArchive } from "./archive.ts";
import { imageName } from "./names.ts";

/** Part of the key: another way to make images makes other images. */
const RECIPE = 1;

const USER = "65532:65532";

/** Source file or folder in an artefact, and its place in the image. */
type Content = readonly [artefact: Artefact, from: string, to: string];

interface Recipe {
  readonly name: string;
  readonly contents: readonly Content[];
  readonly entrypoint: string;
  readonly environment?: readonly string[];
}

export interface ImageSources {
  readonly reaper: Artefact;
  readonly pipelines: Artefact;
  readonly triggers: Artefact;
  readonly dashboard: Artefact;
  readonly dashboardPages: Artefact;
  readonly envoy: Artefact;
  readonly debian: Artefact;
}

export const PIPELINES_PROGRAMS = [
  "controller",
  "entrypoint",
  "events",
  "nop",
  "resolvers",
  "sidecarlogresults",
  "webhook",
  "workingdirinit",
] as const;

export const TRIGGERS_PROGRAMS = ["controller", "eventlistenersink", "interceptors", "webhook"] as const;

/** One archive per image, `NAME.tar`, for the runtime to import. */
export function clusterImages(from: ImageSources): Artefact {
  return {
    name: "images",
    kind: "fetch",
    needs: Object.values(from),
    pins: RECIPE,
    async make(into, workshop) {
      for (const recipe of recipes(from)) await makeImage(recipe, into, workshop);
    },
  };
}

function recipes(from: ImageSources): readonly Recipe[] {
  // Tekton names its programs' places in the image, as ko lays them out.
  const ko = (project: string, artefact: Artefact, program: string): Recipe => ({
    name: `${project}-${program}`,
    contents: [[artefact, `bin/${program}`, `ko-app/${program}`]],
    entrypoint: `/ko-app/${program}`,
  });
  return [
    { name: "pause", contents: [[from.reaper, "bin/reaper", "pause"]], entrypoint: "/pause" },
    ...PIPELINES_PROGRAMS.map((program) => ko("pipelines", from.pipelines, program)),
    ...TRIGGERS_PROGRAMS.map((program) => ko("triggers", from.triggers, program)),
    {
      name: "dashboard",
      contents: [
        [from.dashboard, "bin/dashboard", "ko-app/dashboard"],
        [from.dashboardPages, "pages", "var/run/ko"],
      ],
      entrypoint: "/ko-app/dashboard",
      environment: ["KO_DATA_PATH=/var/run/ko"],
    },
    {
      name: "envoy",
      contents: [
        [from.debian, "root/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"],
        [from.debian, "root/lib64", "lib64"],
        [from.envoy, "root/envoy/_bin/envoy", "usr/local/bin/envoy"],
      ],
      entrypoint: "/usr/local/bin/envoy",
    },
  ];
}

async function makeImage(recipe: Recipe, into: string, workshop: Workshop): Promise<void> {
  const root = join(into, "root");
  for (const [artefact, from, to] of recipe.contents) {
    const target = join(root, to);
    await mkdir(dirname(target), { recursive: true });
    await cp(join(workshop.folder(artefact), from), target, { recursive: true, verbatimSymlinks: true });
  }
  // A wheel's files come without the right to be run.
  await chmod(join(root, recipe.entrypoint), 0o755);
  await writeArchive(
    {
      name: imageName(recipe.name),
      root,
      entrypoint: [recipe.entrypoint],
      ...(recipe.name === "pause" ? {} : { user: USER }),
      ...(recipe.environment === undefined ? {} : { environment: recipe.environment }),
    },
    join(into, `${recipe.name}.tar`),
    join(into, "scratch"),
  );
  await rm(root, { recursive: true });
}

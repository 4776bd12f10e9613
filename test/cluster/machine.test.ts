/** What is said of a machine before a cluster is built or started on it. */
import { describe, expect, test } from "vitest";
import { lacks, type Machine, missingPrograms, overlaps, TOOLS } from "../e2e/cluster/machine/report.ts";

const GIB = 2 ** 30;
const fit: Machine = {
  platform: "linux",
  architecture: "x64",
  isRoot: true,
  namespaces: { works: true },
  nat: { works: true },
  fileSystems: ["ext4", "overlay"],
  controllers: ["cpu", "cpuset", "memory", "pids"],
  tools: TOOLS,
  go: "1.26.8",
  freeDiskBytes: 40 * GIB,
  availableMemoryBytes: 16 * GIB,
  routes: ["default", "192.168.1.0/24"],
  cacheFolder: "/var/cache/canary",
  unreachable: [],
};
const building = { building: true, network: "10.212.0.0/16" };
const warm = { building: false, network: "10.212.0.0/16" };

describe("what a machine lacks", () => {
  test("is nothing on a machine that has everything", () => {
    expect(lacks(fit, building)).toEqual([]);
  });

  test("is said all at once, each with its cure", () => {
    const poor: Machine = {
      ...fit,
      namespaces: { works: false, why: "Operation not permitted" },
      nat: { works: false, why: "Table does not exist" },
      fileSystems: ["ext4"],
      controllers: ["cpu", "memory"],
      tools: TOOLS.filter((tool) => tool !== "ip" && tool !== "openssl"),
      go: "1.24.1",
      freeDiskBytes: 3 * GIB,
      availableMemoryBytes: GIB,
      routes: ["default", "10.0.0.0/8"],
      unreachable: [{ registry: "The npm registry", why: "connect ECONNREFUSED" }],
    };
    expect(lacks(poor, building)).toEqual([
      "The program ip is missing: install iproute2.",
      "The program openssl is missing: install openssl.",
      "Go 1.24.1 is too old: install Go 1.26 or newer.",
      "No namespaces with links of their own can be made (Operation not permitted): a container needs to be privileged.",
      "The kernel cannot translate addresses (Table does not exist): load nf_tables and nft_compat with modprobe.",
      "The cgroup controllers cpuset, pids are missing or read-only: mount them under /sys/fs/cgroup.",
      "The kernel has no overlay file system: modprobe overlay.",
      "Too little disk: 3.0 GiB in /var/cache/canary, 25.0 GiB are needed. Free some.",
      "Too little memory: 1.0 GiB available, 6.0 GiB are needed. Free some.",
      "The machine has a route to 10.0.0.0/8, and the cluster wants 10.212.0.0/16: remove the route.",
      "The npm registry cannot be reached: check the network and the proxy settings. connect ECONNREFUSED",
    ]);
  });

  test("is root first of all: without it the rest of the rights cannot be tried", () => {
    const user: Machine = {
      ...fit,
      isRoot: false,
      namespaces: { works: false, why: "Operation not permitted" },
      controllers: [],
      go: undefined,
      tools: TOOLS.filter((tool) => tool !== "go"),
    };
    expect(lacks(user, building)).toEqual([
      "Namespaces, links and cgroups need root: run it with sudo, or in a virtual machine.",
      "The program go is missing: install Go 1.26 or newer from its own archive, Debian's is older.",
    ]);
  });

  test("is less when everything is built: no compilers, no registries, less room", () => {
    const small = { ...fit, tools: TOOLS.filter((tool) => tool !== "go"), freeDiskBytes: 10 * GIB };
    expect(lacks(small, warm)).toEqual([]);
    expect(lacks({ ...small, go: undefined }, building)).toHaveLength(2);
  });

  test("is another machine, where the parts do not run at all", () => {
    expect(lacks({ ...fit, platform: "darwin", architecture: "arm64" }, building)).toEqual([
      "This is darwin on arm64; the parts are for Linux on x64: use such a machine, or a virtual one.",
    ]);
  });
});

test("programs that only the suite needs are missed in the same words", () => {
  expect(missingPrograms(["git", "dpkg-deb"], ["git"])).toEqual([
    "The program dpkg-deb is missing: install dpkg.",
  ]);
});

test.each([
  ["10.212.64.0/18", true],
  ["10.0.0.0/8", true],
  ["10.212.0.7", true],
  ["10.213.0.0/16", false],
  ["192.168.0.0/16", false],
  ["default", false],
])("a route to %s is in the way of 10.212.0.0/16: %s", (route, inTheWay) => {
  expect(overlaps(route, "10.212.0.0/16")).toBe(inTheWay);
});

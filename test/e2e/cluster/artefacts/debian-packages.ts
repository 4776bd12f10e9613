/** Files of Debian packages, unpacked and not installed. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import type { Artefact, Workshop } from "./artefact.ts";

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

const RELEASE = "bookworm";
const RELEASES = /^(bookworm|trixie|forky|stable|oldstable|testing)(-updates|-security)?$/;
const KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The packages' files in `root`. */
export function debianPackages(name: string, packages: readonly DebianPackage[]): Artefact {
  return {
    name,
    kind: "fetch",
    needs: [],
    pins: packages,
    async make(into, workshop) {
      const downloads = join(into, "downloads");
      await mkdir(downloads);
      await download(packages, downloads, workshop);
      for (const file of await readdir(downloads)) {
        await run("dpkg-deb", ["--extract", join(downloads, file), join(into, "root")]);
      }
      await rm(downloads, { recursive: true });
    },
  };
}

/** Debian drops a version when a security update replaces it: then the update is taken, and said. */
async function download(packages: readonly DebianPackage[], into: string, workshop: Workshop) {
  const options = await privateApt(workshop.cache);
  const known = await run("apt-cache", [...options, "madison", ...packages.map(({ name }) => name)]);
  const isThere = ({ name, version }: DebianPackage) => hasVersion(known, name, version);
  const wanted = packages.map((one) => (isThere(one) ? `${one.name}=${one.version}` : one.name));
  await run("apt-get", [...options, "download", ...wanted], { cwd: into, log: workshop.log, bound: true });
  const digests = await digestsOf(into);
  for (const one of packages) {
    if (!isThere(one)) {
      workshop.say(`    ${one.name} ${one.version} is not in the archive any more: its update was taken`);
    } else if (!digests.includes(one.sha256)) {
      throw new Error(`${one.name} ${one.version} has not the SHA-256 that is pinned, ${one.sha256}`);
    }
  }
}

/** Whether `apt-cache madison` lists a version: lines of `name | version | source`. */
export function hasVersion(madison: string, name: string, version: string): boolean {
  return madison
    .split("\n")
    .map((line) => line.split("|").map((field) => field.trim()))
    .some(([one, other]) => one === name && other === version);
}

async function digestsOf(folder: string): Promise<readonly string[]> {
  const contents = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file))));
  return contents.map((content) => createHash("sha256").update(content).digest("hex"));
}

/** Options for apt with fresh lists of its own: the machine's stay as they are. The archive is the machine's. */
export async function privateApt(cache: string): Promise<readonly string[]> {
  const folder = join(cache, "apt");
  for (const name of ["lists/partial", "archives/partial", "sources"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const sources = sourcesFrom(
    await run("apt-get", ["indextargets", "--format", "$(CREATED_BY) $(REPO_URI) $(RELEASE) $(COMPONENT)"]),
  );
  if (sources === "") throw new Error("apt's sources name no Debian archive");
  await writeFile(join(folder, "sources", "cluster.list"), sources);
  const options = Object.entries({
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": join(folder, "sources"),
    "Dir::State::lists": join(folder, "lists"),
    "Dir::Cache": folder,
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
    "APT::Update::Error-Mode": "any",
  }).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  await run("apt-get", [...options, "update"], { timeoutMs: 120_000, bound: true });
  return options;
}

/** The sources.list lines for our release, from the archives that the machine knows, one target per line. */
export function sourcesFrom(targets: string): string {
  const lines = targets
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(
      ([by, , release = "", component]) =>
        by === "Packages" && RELEASES.test(release) && component === "main",
    )
    .map(([, uri = "", release = ""]) => {
      const suffix = /-(updates|security)$/.exec(release)?.[0] ?? "";
      return `deb [arch=amd64 signed-by=${KEYS}] ${uri} ${RELEASE}${suffix} main`;
    });
  return [...new Set(lines)].map((line) => `${line}\n`).join("");
}

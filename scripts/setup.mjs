/** What every npm command of ours needs before it starts: a Node that is new enough, and the packages of the lockfile. */
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installs what is missing; ends the process with exit code 2 when that cannot be done. */
export async function setUp() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node 20.19 or newer is needed, this is ${process.versions.node}.`);
    process.exit(2);
  }
  if (await isInstalled()) return;
  console.log("Installing the packages (once) ...");
  const { status, error } = spawnSync("npm", ["ci", "--ignore-scripts", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  if (status === 0) return;
  console.error(`npm ci failed${error === undefined ? "" : `: ${error.message}`}.`);
  process.exit(2);
}

/** Whether node_modules holds what the lockfile says; optional packages are for other platforms. */
async function isInstalled() {
  const [wanted, installed] = await Promise.all([
    packages(join(root, "package-lock.json")),
    packages(join(root, "node_modules", ".package-lock.json")),
  ]);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || installed[path]?.version === version,
  );
}

async function packages(file) {
  try {
    return JSON.parse(await readFile(file, "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

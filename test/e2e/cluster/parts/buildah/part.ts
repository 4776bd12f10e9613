/** What builds the step images: of the suite, not of the cluster. It runs as root, and is not installed. */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Artefact } from "../../artefacts/artefact.ts";
import { debianPackages } from "../../artefacts/debian-packages.ts";
import { sources } from "../part.ts";
import pins from "./packages.json" with { type: "json" };

/** `bin/buildah` in the artefact's folder; it works in the folder that `TMPDIR` names. */
export function buildahProgram(root: string): Artefact {
  const unpacked = debianPackages("buildah", pins);
  const script = readFileSync(join(sources(root, "buildah"), "buildah.sh"), "utf8");
  return {
    ...unpacked,
    pins: [unpacked.pins, script],
    async make(into, workshop) {
      await unpacked.make(into, workshop);
      await mkdir(join(into, "bin"));
      await writeFile(join(into, "bin", "buildah"), script, { mode: 0o755 });
    },
  };
}

/** The capsule's process 1 and the image of the pods' sandboxes ("pause"). */
import type { Artefact } from "../../artefacts/artefact.ts";
import { goPrograms } from "../../artefacts/go-programs.ts";
import { sources } from "../part.ts";

export const reaperProgram = (root: string): Artefact =>
  goPrograms({
    name: "reaper",
    folder: sources(root, "reaper"),
    programs: { reaper: "tekton-canary/cluster/reaper" },
  });

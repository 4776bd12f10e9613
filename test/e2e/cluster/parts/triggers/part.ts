/** The programs of Tekton Triggers, the EventListener's too. */
import type { Artefact } from "../../artefacts/artefact.ts";
import { goPrograms } from "../../artefacts/go-programs.ts";
import { TRIGGERS_PROGRAMS } from "../../images/cluster-images.ts";
import { sources } from "../part.ts";

export const TRIGGERS_VERSION = "v0.37.0";
const MODULE = "github.com/tektoncd/triggers";

/** The four programs, and the manifests in `manifests`. */
export const triggersPrograms = (root: string): Artefact =>
  goPrograms({
    name: "triggers",
    folder: sources(root, "triggers"),
    programs: Object.fromEntries(TRIGGERS_PROGRAMS.map((name) => [name, `${MODULE}/cmd/${name}`])),
    copies: [[MODULE, "config", "manifests"]],
  });

/** The programs of Tekton Pipelines, those in steps' pods too. */
import type { Artefact } from "../../artefacts/artefact.ts";
import { goPrograms } from "../../artefacts/go-programs.ts";
import { PIPELINES_PROGRAMS } from "../../images/cluster-images.ts";
import { sources } from "../part.ts";

export const PIPELINES_VERSION = "v1.15.0";
const MODULE = "github.com/tektoncd/pipeline";

/** The eight programs, and the manifests in `manifests`. */
export const pipelinesPrograms = (root: string): Artefact =>
  goPrograms({
    name: "pipelines",
    folder: sources(root, "pipelines"),
    programs: Object.fromEntries(PIPELINES_PROGRAMS.map((name) => [name, `${MODULE}/cmd/${name}`])),
    copies: [[MODULE, "config", "manifests"]],
  });

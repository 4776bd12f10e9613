/** Tekton's command line: reruns and bundles. */
import type { Artefact } from "../../artefacts/artefact.ts";
import { goPrograms } from "../../artefacts/go-programs.ts";
import { sources } from "../part.ts";

export const tknProgram = (root: string): Artefact =>
  goPrograms({
    name: "tkn",
    folder: sources(root, "tkn"),
    programs: { tkn: "github.com/tektoncd/cli/cmd/tkn" },
    variables: { "github.com/tektoncd/cli/pkg/cmd/version.clientVersion": "v0.46.0" },
  });

/** What `tkn pipeline start --use-pipelinerun` makes of a run. */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "../cluster/json.ts";

/** A new run with the whole spec of `run`, but none of its labels, annotations or wishes to end. `random` is in [0, 1). */
export function rerunOf(run: KubeObject, random: () => number): KubeObject {
  const { name, namespace = "" } = run.metadata;
  const prefix = run.metadata["generateName"];
  const { status: _, ...spec } = isRecord(run["spec"]) ? run["spec"] : {};
  return {
    apiVersion: run.apiVersion,
    kind: run.kind,
    metadata: { name: `${typeof prefix === "string" ? prefix : `${name}-`}${suffix(random)}`, namespace },
    spec,
  };
}

const LETTERS = "bcdfghjklmnpqrstvwxz2456789";

function suffix(random: () => number): string {
  return Array.from({ length: 5 }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join("");
}

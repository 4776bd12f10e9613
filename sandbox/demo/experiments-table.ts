/** Experiments as `kubectl get experiments` prints them: the printer columns of the CRD. Pure. */
import type { Experiment } from "../scenario/frame.ts";
import { columns } from "../scenario/terminal.ts";

const HEADER = ["NAME", "PHASE", "STATUS", "BASELINE", "PERCENTAGE", "CANDIDATE", "PERCENTAGE"];

/** Header and rows, sorted by name. */
export function experimentsTable(experiments: readonly Experiment[]): readonly string[] {
  const rows = [...experiments]
    .sort((one, other) => one.metadata.name.localeCompare(other.metadata.name))
    .map(({ metadata, spec, status }) => [
      metadata.name,
      status?.phase ?? "",
      status?.message ?? "",
      spec?.targetService?.baseline ?? "",
      String(status?.trafficSplitPercentage?.baseline ?? ""),
      spec?.targetService?.candidate ?? "",
      String(status?.trafficSplitPercentage?.candidate ?? ""),
    ]);
  return columns([HEADER, ...rows]);
}

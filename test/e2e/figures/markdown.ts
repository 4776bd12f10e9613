/** All figures as Markdown. Pure. */
import type { Observations } from "./observations.ts";
import { requests, startUp, stepMemory } from "./step-tables.ts";
import { counted, section, table } from "./table.ts";
import { firstRequest, following, losses } from "./traffic-tables.ts";

export interface Machine {
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  /** Its release, such as `6.1.0`. */
  readonly kernel: string;
}

export interface ImageSize {
  readonly name: string;
  /** Of the archive. */
  readonly bytes: number;
  /** Of our program in it; the rest is Node and its libraries. */
  readonly programBytes: number;
}

export interface Report {
  readonly machine: Machine;
  /** How many scenarios were played side by side; two that take minutes count as one. */
  readonly parallel: number;
  readonly images: readonly ImageSize[];
  /** How many scenarios were measured. */
  readonly scenarios: number;
  readonly observed: Observations;
}

/** A table for each figure, and how it was measured; what was not seen has none. */
export function markdown({ machine, parallel, images, scenarios, observed }: Report): string {
  const { cores, memory, kernel } = machine;
  const where = `${cores} processors, ${(memory / 2 ** 30).toFixed(0)} GiB of memory, Linux ${kernel}`;
  const method = `Measured in ${counted(scenarios, "scenario")}, ${parallel} side by side at most (two that take minutes count as one), on ${where}, cluster and users on the same machine, and by its one clock. Objects count from when a watch told of them. When it is a step's turn is what Tekton's entrypoint noted, in ms. Scenarios that take a part of the cluster away, or change versions or routes themselves, count for start-up and memory only.`;
  return [
    method,
    ...firstRequest(observed),
    ...startUp(observed),
    ...stepMemory(observed),
    ...imageSizes(images),
    ...requests(observed),
    ...following(observed),
    ...losses(observed),
  ].join("\n\n");
}

function imageSizes(images: readonly ImageSize[]): readonly string[] {
  if (images.length === 0) return [];
  const rows = images.map(({ name, bytes, programBytes }) => [
    name,
    megabytes(bytes),
    megabytes(programBytes),
  ]);
  return section(
    "Images",
    table(["image", "archive, MB", "of it our program, MB"], rows),
    "Archives are not compressed; what is not our program is Node and its libraries.",
  );
}

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

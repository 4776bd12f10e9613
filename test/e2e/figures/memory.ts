/** How much memory the steps took. Pure. */
import type { Samples } from "./sampler.ts";
import type { StepSeen } from "./steps.ts";

export interface StepMemory {
  readonly task: string;
  readonly step: string;
  /** Bytes: the cgroup's highest use by the kernel's count, files that it read included. */
  readonly peak: number;
  /** Bytes that are no copy of a file, the highest sample. */
  readonly anonymous: number;
}

/** Of the steps that were sampled after their turn had come: before it there is only Tekton's entrypoint. */
export function memoryOf(samples: Samples, steps: readonly StepSeen[]): readonly StepMemory[] {
  return steps.flatMap(({ task, step, container, startedAt }) => {
    const sample = samples.get(container ?? "");
    if (sample === undefined || startedAt === undefined || sample.at <= startedAt) return [];
    return [{ task, step, peak: sample.peak, anonymous: sample.anonymous }];
  });
}

/** How long a step needs until it says something. Pure. */
import type { StepSeen } from "./steps.ts";

/** All in ms. */
export interface StartUp {
  readonly task: string;
  readonly step: string;
  /** From the new pod to the turn of its first step; undefined for the steps after it. */
  readonly podMs: number | undefined;
  /** From the step's turn to its first line: Node, the program, and what it does before it has something to say. */
  readonly lineMs: number | undefined;
}

/** Of the steps that ended by themselves: of a killed one nobody knows when it was its turn. */
export function startUpsOf(steps: readonly StepSeen[]): readonly StartUp[] {
  return steps.flatMap(({ task, step, isFirst, podSeenAt, startedAt, firstLineAt }) =>
    startedAt === undefined
      ? []
      : [
          {
            task,
            step,
            podMs: isFirst ? Math.max(0, startedAt - podSeenAt) : undefined,
            lineMs: firstLineAt === undefined ? undefined : firstLineAt - startedAt,
          },
        ],
  );
}

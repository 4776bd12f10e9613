/** Makes a share of API calls fail, for scenarios. */

export interface Fault {
  /** The HTTP status that is answered instead. */
  readonly status: number;
  /** Of all calls, 0 to 1; 0 ends it. */
  readonly share: number;
}

export interface Faults {
  set(fault: Fault): void;
  /** The status that the next call fails with, or undefined when it goes through. */
  next(): number | undefined;
}

/** No faults until some are set. */
export function createFaults(random: () => number = Math.random): Faults {
  let current: Fault = { status: 500, share: 0 };
  return {
    set: (fault) => {
      current = fault;
    },
    next: () => (random() < current.share ? current.status : undefined),
  };
}

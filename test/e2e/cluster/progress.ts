/** One line per part, with its time. */

export interface Progress {
  /** Does the work and says how long it took, or that it failed. Errors pass through as PartFailed. */
  part<T>(name: string, work: () => Promise<T>): Promise<T>;
  say(line: string): void;
}

/** A part that could not be built or started: its name, and why with the last lines of its log. */
export class PartFailed extends Error {
  override readonly name = "PartFailed";
  readonly part: string;

  constructor(part: string, cause: unknown) {
    super(`${part} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.part = part;
  }
}

/** Progress as lines for a person; `now` is in ms. */
export function progress(write: (line: string) => void, now: () => number = Date.now): Progress {
  return {
    say: write,
    async part(name, work) {
      const start = now();
      try {
        const result = await work();
        write(line("✓", name, now() - start));
        return result;
      } catch (error) {
        write(line("✗", name, now() - start));
        throw error instanceof PartFailed ? error : new PartFailed(name, error);
      }
    },
  };
}

function line(mark: string, name: string, ms: number): string {
  return `  ${mark} ${name.padEnd(34)} ${duration(ms).padStart(8)}`;
}

/** 870 ms is "0.9 s", 75,000 ms is "1 m 15 s". */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, "0")} s`;
}

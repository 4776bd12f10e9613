/** How the runner starts a step: narrow, so that a test can put something else in the place of processes. */
export interface Launcher {
  start(process: {
    readonly command: string;
    readonly args: readonly string[];
    /** The whole environment. */
    readonly env: Readonly<Record<string, string>>;
    /** Each line of stdout and stderr, without its end. */
    readonly onOutput: (line: string) => void;
  }): RunningProcess;
}

export interface RunningProcess {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Sends the signal to the process and all that it has started; does nothing once it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Never rejects. A process that could not be started ends with code 128. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** The log of a run, read by a person in the Tekton Dashboard. One call is one line. */
export interface Log {
  info(text: string): void;
  warn(text: string): void;
  error(text: string): void;
}

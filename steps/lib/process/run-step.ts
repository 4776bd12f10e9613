/** The process edge: environment in; log, result files and an exit code out. Each main.ts is one call of it. */
import type * as z from "zod";
import { StepError } from "../ports/errors.ts";
import { type RealClock, realClock } from "./clock.ts";
import { EXIT } from "./exit-codes.ts";
import { readFile } from "./files.ts";
import { type StepLog, stepLog } from "./log.ts";
import { resultVariable, writeResults } from "./results.ts";
import { settingProblems } from "./setting-problems.ts";
import { type Edge, outcomeResults, type StepEnd } from "./step.ts";

/** What main.ts gets to make its clients with; the step itself sees only `Edge`. */
export interface ProcessEdge extends Edge {
  /** The trimmed text of a file; undefined when there is none or it is empty. */
  file(path: string): string | undefined;
  /** The same, never shown by the log from then on. */
  secret(path: string): string | undefined;
}

export interface StepProgram<S extends z.ZodType> {
  /** The keys are environment variables; every problem is reported, then the exit code is 2. */
  readonly settings: S;
  readonly run: (config: z.output<S>, edge: ProcessEdge) => Promise<StepEnd>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** How long an open handle may keep the process after the step has ended. */
const LINGER_MS = 2000;

/**
 * Runs a step program and sets the exit code of the process: the step's own; 2 when a setting is wrong; 3 when something
 * we need refuses or does not answer; 143 when SIGTERM ended the step before it could say how; 1 for a mistake of ours.
 */
export async function runStep<S extends z.ZodType>(program: StepProgram<S>): Promise<void> {
  const clock = realClock();
  const log = stepLog(clock, (line) => process.stdout.write(`${line}\n`));
  const terminated = new AbortController();
  const terminate = (name: NodeJS.Signals) => {
    if (!terminated.signal.aborted) terminated.abort(new DOMException(`ended by ${name}`, "AbortError"));
  };
  process.on("SIGTERM", terminate).on("SIGINT", terminate);
  process.exitCode = await outcome(program, clock, log, terminated.signal);
  clock.release();
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** Runs the step and logs how it ended; returns the exit code. Never throws. */
async function outcome<S extends z.ZodType>(
  { settings, run, environment = process.env }: StepProgram<S>,
  clock: RealClock,
  log: StepLog,
  signal: AbortSignal,
): Promise<number> {
  const parsed = settings.safeParse(environment);
  if (!parsed.success) {
    const problems = settingProblems(parsed.error, environment);
    for (const problem of problems) log.error(problem);
    // Where the Task has results for it, the commit is told too.
    if (environment[resultVariable("outcome")]) {
      const sentence = `Rejected: ${problems.join("; ")}`;
      writeResults(outcomeResults({ word: "rejected", reason: "InvalidInput", sentence }), environment);
    }
    return EXIT.rejected;
  }
  const secret = (path: string) => {
    const value = readFile(path);
    if (value !== undefined) log.redact(value);
    return value;
  };
  try {
    const end = await run(parsed.data, { clock, log, signal, file: readFile, secret });
    writeResults(end.results ?? {}, environment);
    if (end.exitCode === EXIT.done) log.info(end.sentence);
    else log.error(end.sentence);
    return end.exitCode;
  } catch (error) {
    const expected = error instanceof StepError || (signal.aborted && error === signal.reason);
    const text =
      error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
    for (const line of text.split("\n")) log.error(line);
    if (signal.aborted) return EXIT.terminated;
    return expected ? EXIT.error : EXIT.unexpected;
  }
}

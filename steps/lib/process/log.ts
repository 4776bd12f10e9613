/**
 * The log of a step: `HH:MM:SS text` in UTC, one line per call. Warnings and errors start with `::warning::` and
 * `::error::`: the Tekton Dashboard shows such lines in their colour, and everywhere else the word says it just as well.
 * The mark has to come first, so texts of others, which come after the time, cannot forge one.
 */
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";

export interface StepLog extends Log {
  /** From now on `secret`, and each line of it, is shown as `***`. */
  redact(secret: string): void;
}

const NEWLINES = /[\r\n\t\v\f\u2028\u2029]+/gu;
const TERMINAL_SEQUENCES = /\p{Cc}\[[0-?]*[ -/]*[@-~]/gu;
/** Control characters, and the ones that turn the direction of writing. */
const INVISIBLE = /\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;
/** Up to the last "@": a password that is not escaped as it should be may hold any of its neighbours. */
const URL_CREDENTIALS = /(\w:\/\/)[^\s"']*@/g;
/** A shorter line of a secret would blank half of the log. */
const SHORTEST_LINE = 4;

/** `text` of others as one harmless line: no control characters, a newline becomes a space. */
export function oneLine(text: string): string {
  return text.replace(NEWLINES, " ").replace(TERMINAL_SEQUENCES, "").replace(INVISIBLE, "").trim();
}

/** A log that hands each finished line, without a newline, to `write`. */
export function stepLog(clock: Pick<Clock, "now">, write: (line: string) => void): StepLog {
  let secrets: readonly string[] = [];
  const shown = (text: string) => {
    const plain = oneLine(text).replace(URL_CREDENTIALS, "$1***@");
    return secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "***"), plain);
  };
  const line = (mark: string, text: string) =>
    write(`${mark}${new Date(clock.now()).toISOString().slice(11, 19)} ${shown(text)}`);
  return {
    info: (text) => line("", text),
    warn: (text) => line("::warning::", text),
    error: (text) => line("::error::", text),
    redact: (secret) => {
      const lines = secret.split(NEWLINES).filter((one) => one.length >= SHORTEST_LINE);
      const all = new Set([...secrets, oneLine(secret), ...lines]);
      all.delete("");
      // The longest first: one secret may be part of another one.
      secrets = [...all].sort((one, other) => other.length - one.length);
    },
  };
}

/** What a step program gets, and how it ends. */
import { cutSentence } from "../experiment/cut-sentence.ts";
import type { Outcome } from "../experiment/outcome.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";

/** What every step program gets from the process edge. */
export interface Edge {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted by SIGTERM or SIGINT. */
  readonly signal: AbortSignal;
}

/** How a step program ends. */
export interface StepEnd {
  /** One of `EXIT`. */
  readonly exitCode: number;
  /** The last line of the log. */
  readonly sentence: string;
  /** Tekton results by name: short strings, together under 1 KB. */
  readonly results?: Readonly<Record<string, string>>;
}

/** What a sentence may take of the results, in bytes. */
const SENTENCE_LIMIT = 800;

/** An outcome as results. */
export function outcomeResults({ word, reason, sentence }: Outcome) {
  return { outcome: word, reason, sentence: sentenceResult(sentence) };
}

/** A sentence as a result; one that is too long is cut. */
export function sentenceResult(sentence: string): string {
  let length = 600;
  let short = cutSentence(sentence, length);
  // What others answered is in it, in any language.
  while (Buffer.byteLength(short) > SENTENCE_LIMIT) {
    length = Math.floor(length * 0.9);
    short = cutSentence(sentence, length);
  }
  return short;
}

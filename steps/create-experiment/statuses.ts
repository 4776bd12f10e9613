/** The terminal statuses of older releases that this run had to settle: nobody else will post them. */
import { terminalStatus } from "../lib/experiment/commit-status.ts";
import { ANNOTATION } from "../lib/experiment/names.ts";
import { StepError } from "../lib/ports/errors.ts";
import type { Forge } from "../lib/ports/forge.ts";
import type { Log } from "../lib/ports/log.ts";
import { postTerminalStatus } from "../lib/release/post-status.ts";
import type { Settled } from "../lib/release/settle.ts";
import type { Config } from "./config.ts";

export async function postForOthers(
  config: Config,
  { forge, log }: { readonly forge: Forge; readonly log: Log },
  settled: readonly Settled[],
): Promise<void> {
  for (const { experiment, outcome } of settled) {
    const annotations = experiment.metadata.annotations ?? {};
    const revision = annotations[ANNOTATION.revision];
    const context = annotations[ANNOTATION.statusContext];
    // A commit of another repository is not ours to mark with this token.
    if (
      revision === undefined ||
      context === undefined ||
      annotations[ANNOTATION.repository] !== config.repository
    )
      continue;
    // A rerun of the same commit has set its own pending status already: that one is not about the older run.
    if (revision === config.revision) continue;
    try {
      await postTerminalStatus(
        forge,
        revision,
        terminalStatus(outcome, context, undefined, config.failOnRollback),
      );
    } catch (error) {
      if (!(error instanceof StepError)) throw error;
      log.warn(`The commit of ${experiment.metadata.name} could not be told: ${error.message}.`);
    }
  }
}

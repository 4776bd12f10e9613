/** Sends load to the application for as long as its release runs. It may fail; the release never does because of it. */
import { formatDuration } from "../lib/experiment/duration.ts";
import { releaseConfigMapName } from "../lib/experiment/names.ts";
import { type LoadChoice, type LoadPlan, overriding, planLoad } from "../lib/load/plan.ts";
import { describeTarget } from "../lib/load/sender.ts";
import { type LoadSettings, PROPERTIES_KEY, storedProperties } from "../lib/load/settings.ts";
import { describeTally, formatRate } from "../lib/load/summary.ts";
import { StepError, type UnavailableError } from "../lib/ports/errors.ts";
import { EXIT } from "../lib/process/exit-codes.ts";
import { withRetry } from "../lib/process/retry.ts";
import type { StepEnd } from "../lib/process/step.ts";
import type { Config } from "./config.ts";
import { type LoadDeps, sendLoad } from "./open-loop.ts";
import { type ReleaseEndDeps, releaseEnd } from "./release-end.ts";

export type Deps = LoadDeps & ReleaseEndDeps;

/** How long the cluster may be away when the settings are read. */
const PATIENCE = { forMs: 60_000, everyMs: 2000 } as const;

/** Never throws; the exit code is 0, or 143 after SIGTERM, since a killed pod must not count as a success. */
export async function generateLoad(config: Config, deps: Deps): Promise<StepEnd> {
  const { log, sender, signal } = deps;
  try {
    return await load(config, deps);
  } catch (error) {
    if (signal.aborted) return { exitCode: EXIT.terminated, sentence: "No load was sent: ended by SIGTERM." };
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    for (const line of text.split("\n")) log.warn(line);
    return { exitCode: EXIT.done, sentence: "The load generator failed; the release goes on without it." };
  } finally {
    sender.close();
  }
}

async function load(config: Config, deps: Deps): Promise<StepEnd> {
  const { log } = deps;
  const choice = await chooseLoad(config, deps);
  switch (choice.kind) {
    case "none":
      return { exitCode: EXIT.done, sentence: "No load was sent: no load setting is given." };
    case "wrong":
      log.warn(`wrong load settings: ${choice.problems.join("; ")}`);
      return { exitCode: EXIT.done, sentence: "No load was sent, because its settings are wrong." };
    case "send":
      return await sendUntilOver(choice.plan, config, deps);
  }
}

async function sendUntilOver(plan: LoadPlan, config: Config, deps: Deps): Promise<StepEnd> {
  const { log, signal } = deps;
  log.info(
    `sending ${formatRate(1000 / plan.intervalMs)} to ${describeTarget(plan.target)} until the release is over, ` +
      `for ${formatDuration(plan.durationMs)} at most`,
  );
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  let reason = "load-duration is over";
  releaseEnd(config, { ...deps, signal: stop }).then(
    (notNeeded) => {
      reason = notNeeded;
      over.abort();
    },
    () => undefined,
  );
  const end = await sendLoad(plan, { ...deps, signal: stop }).finally(() => over.abort());
  if (end.isForbidden) {
    log.warn(
      `${plan.target.address} is a link-local address or one that serves credentials, or resolves to one: load never goes there`,
    );
    reason = "its address is not allowed";
  }
  if (signal.aborted) reason = "ended by SIGTERM";
  return {
    exitCode: signal.aborted ? EXIT.terminated : EXIT.done,
    sentence: `Load stopped after ${formatDuration(end.elapsedMs)}, ${reason}: ${describeTally(end.tally, end.elapsedMs, plan.intervalMs)}.`,
  };
}

/** The pushed file's settings, those of the params before them. */
async function chooseLoad(config: Config, deps: Deps): Promise<LoadChoice> {
  const properties = await readStored(config, deps);
  if (properties === undefined)
    return {
      kind: "wrong",
      problems: [
        `${PROPERTIES_KEY} in the ConfigMap ${releaseConfigMapName(config.experiment)} is unreadable`,
      ],
    };
  return planLoad(overriding(properties, config.overrides), config);
}

async function readStored(
  { experiment, namespace }: Config,
  { cluster, clock, log, signal }: Deps,
): Promise<LoadSettings | undefined> {
  let isTold = false;
  const on = (error: UnavailableError) => {
    if (!isTold) log.warn(`${error.message}; trying again for up to ${formatDuration(PATIENCE.forMs)}`);
    isTold = true;
  };
  try {
    const name = releaseConfigMapName(experiment);
    const configMap = await withRetry(() => cluster.get("ConfigMap", namespace, name), {
      clock,
      signal,
      ...PATIENCE,
      on,
    });
    return storedProperties(configMap?.data?.[PROPERTIES_KEY] ?? "{}");
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    log.warn(`only the params say which load to send: ${error.message}`);
    return {};
  }
}

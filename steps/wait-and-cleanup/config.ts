import * as z from "zod";
import * as setting from "../lib/process/settings.ts";

/** Settings of the experiment loop. The keys are the environment variables of `tasks/wait-and-cleanup`. */
const run = z.object({
  ...setting.release,
  MODE: z.literal("run"),
  PARAM_PROMETHEUS_URL: setting.url,
  PARAM_ON_INCONCLUSIVE: setting.onInconclusive,
  PARAM_MAX_DURATION: setting.duration,
  PARAM_DRAIN: setting.drain,
  PARAM_FAIL_ON_ROLLBACK: setting.flag,
  PROMETHEUS_AUTH_PATH: setting.text,
});

/**
 * The first step of `tasks/set-commit-status` runs the same program: whatever happened, leave the release whole. Wrong
 * params do not keep it from that, it takes the defaults.
 */
const settle = run.extend({
  MODE: z.literal("settle"),
  PARAM_PROMETHEUS_URL: setting.lenient(setting.url, "http://prometheus.istio-system:9090"),
  PARAM_ON_INCONCLUSIVE: setting.lenient(setting.onInconclusive, "rollback"),
  PARAM_MAX_DURATION: setting.lenient(setting.duration, 105 * 60_000),
  PARAM_DRAIN: setting.lenient(setting.drain, 10_000),
  PARAM_FAIL_ON_ROLLBACK: setting.lenient(setting.flag, true),
});

export const config = z.discriminatedUnion("MODE", [run, settle]).transform((env) => ({
  ...setting.releaseOf(env),
  mode: env.MODE,
  prometheusUrl: env.PARAM_PROMETHEUS_URL,
  onInconclusive: env.PARAM_ON_INCONCLUSIVE,
  maxDurationMs: env.PARAM_MAX_DURATION,
  drainMs: env.PARAM_DRAIN,
  failOnRollback: env.PARAM_FAIL_ON_ROLLBACK,
  prometheusAuthPath: env.PROMETHEUS_AUTH_PATH,
}));

export type Config = z.output<typeof config>;

import * as z from "zod";
import * as setting from "../lib/process/settings.ts";

/**
 * Settings of wait-and-cleanup. The keys are the environment variables of `tasks/wait-and-cleanup` and of the
 * first step of `tasks/set-commit-status`, which runs the same program with MODE=settle.
 */
export const config = z
  .object({
    ...setting.release,
    /** `run`: the experiment loop. `settle`: whatever happened, leave the release whole. */
    MODE: z.enum(["run", "settle"]),
    PARAM_PROMETHEUS_URL: setting.url,
    PARAM_ON_INCONCLUSIVE: z.enum(["rollback", "promote"]),
    PARAM_MAX_DURATION: setting.duration,
    PARAM_DRAIN: setting.drain,
    PARAM_FAIL_ON_ROLLBACK: setting.flag,
    PROMETHEUS_AUTH_PATH: setting.text,
  })
  .transform((env) => ({
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

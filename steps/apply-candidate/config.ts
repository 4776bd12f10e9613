import * as z from "zod";
import * as setting from "../lib/process/settings.ts";

/** Settings of apply-candidate. The keys are the environment variables of `tasks/apply-candidate`. */
export const config = z
  .object({
    ...setting.release,
    /** Name of the Experiment (result of create-experiment). */
    PARAM_EXPERIMENT: setting.text,
  })
  .transform((env) => ({
    ...setting.releaseOf(env),
    experiment: env.PARAM_EXPERIMENT,
  }));

export type Config = z.output<typeof config>;

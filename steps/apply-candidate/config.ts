import * as z from "zod";
import * as setting from "../lib/process/settings.ts";

/** Settings of apply-candidate. The keys are the environment variables of `tasks/apply-candidate`. */
export const config = z
  .object({
    ...setting.run,
    PARAM_SERVICE: setting.name,
    PARAM_NAMESPACE: setting.name,
    /** Name of the Experiment (result of create-experiment). */
    PARAM_EXPERIMENT: setting.text,
  })
  .transform((env) => ({
    run: { namespace: env.RUN_NAMESPACE, name: env.RUN_NAME, uid: env.RUN_UID },
    service: env.PARAM_SERVICE,
    namespace: env.PARAM_NAMESPACE,
    experiment: env.PARAM_EXPERIMENT,
  }));

export type Config = z.output<typeof config>;

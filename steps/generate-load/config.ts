import * as z from "zod";
import * as setting from "../lib/process/settings.ts";

/** Settings of generate-load. The keys are the environment variables of `tasks/generate-load`. */
export const config = z
  .object({
    ...setting.release,
    /** Name of the Experiment (result of create-experiment). */
    PARAM_EXPERIMENT: setting.text,
    /** Host names or IP addresses that load may be sent to, separated by commas. Empty: no load at all. */
    PARAM_LOAD_ALLOWED_HOSTS: z.string().transform((value) =>
      value
        .split(",")
        .map((host) => host.trim().toLowerCase())
        .filter((host) => host !== ""),
    ),
    /** The six load settings; empty means: as the repository's properties file says. */
    PARAM_IP: setting.optionalText,
    PARAM_PORT: setting.optionalText,
    PARAM_APP_PATH: setting.optionalText,
    PARAM_APP_HOST: setting.optionalText,
    PARAM_LOAD_DURATION: setting.optionalText,
    PARAM_LOAD_FREQUENCY: setting.optionalText,
  })
  .transform((env) => ({
    ...setting.releaseOf(env),
    experiment: env.PARAM_EXPERIMENT,
    allowedHosts: env.PARAM_LOAD_ALLOWED_HOSTS,
    overrides: {
      ip: env.PARAM_IP,
      port: env.PARAM_PORT,
      "app-path": env.PARAM_APP_PATH,
      "app-host": env.PARAM_APP_HOST,
      "load-duration": env.PARAM_LOAD_DURATION,
      "load-frequency": env.PARAM_LOAD_FREQUENCY,
    },
  }));

export type Config = z.output<typeof config>;

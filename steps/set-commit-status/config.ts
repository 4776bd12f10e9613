import * as z from "zod";
import * as setting from "../lib/process/settings.ts";

/**
 * Settings of set-commit-status. The keys are the environment variables of the first step of
 * `tasks/create-experiment` (MODE=pending) and of the last step of `tasks/set-commit-status` (MODE=terminal).
 */
export const config = z
  .object({
    ...setting.release,
    /** `pending`: a release has started. `terminal`: how it ended, as the Experiment or the create task says. */
    MODE: z.enum(["pending", "terminal"]),
    PARAM_REPOSITORY: setting.repository,
    PARAM_REVISION: setting.revision,
    PARAM_GITHUB_API_URL: setting.url,
    PARAM_STATUS_CONTEXT: setting.optionalText,
    // create-experiment says what is wrong in these two; the commit is told of it all the same.
    PARAM_DASHBOARD_URL: setting.lenient(setting.optionalUrl, undefined),
    PARAM_FAIL_ON_ROLLBACK: setting.lenient(setting.flag, true),
    GITHUB_TOKEN_PATH: setting.text,
  })
  .transform((env) => ({
    ...setting.releaseOf(env),
    mode: env.MODE,
    repository: env.PARAM_REPOSITORY,
    revision: env.PARAM_REVISION,
    githubApiUrl: env.PARAM_GITHUB_API_URL,
    statusContext: env.PARAM_STATUS_CONTEXT ?? `canary/${env.PARAM_NAMESPACE}/${env.PARAM_SERVICE}`,
    dashboardUrl: env.PARAM_DASHBOARD_URL,
    failOnRollback: env.PARAM_FAIL_ON_ROLLBACK,
    githubTokenPath: env.GITHUB_TOKEN_PATH,
  }));

export type Config = z.output<typeof config>;

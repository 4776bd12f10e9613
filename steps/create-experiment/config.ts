import * as z from "zod";
import * as setting from "../lib/process/settings.ts";

/** Settings of create-experiment. The keys are the environment variables of `tasks/create-experiment`. */
export const config = z
  .object({
    ...setting.release,
    PARAM_REPOSITORY: setting.repository,
    PARAM_REVISION: setting.revision,
    PARAM_BRANCH: setting.optionalText,
    PARAM_DELIVERY: setting.optionalText,
    PARAM_MANIFEST_PATH: setting.text,
    PARAM_EXPERIMENT_PATH: setting.text,
    PARAM_PROPERTIES_PATH: setting.text,
    PARAM_METRICS_CONFIG: setting.text,
    /** Where the metrics ConfigMap is; empty means the namespace of the run. */
    PARAM_METRICS_NAMESPACE: setting.optionalName,
    PARAM_PROMETHEUS_URL: setting.url,
    PARAM_GITHUB_API_URL: setting.url,
    PARAM_STATUS_CONTEXT: setting.optionalText,
    PARAM_DASHBOARD_URL: setting.optionalUrl,
    PARAM_GRAFANA_URL: setting.optionalUrl,
    PARAM_ON_NEW_COMMIT: setting.onNewCommit,
    /** Of wait-and-cleanup: what is wrong in it is said before anything is touched. */
    PARAM_ON_INCONCLUSIVE: setting.onInconclusive,
    PARAM_QUEUE_TIMEOUT: setting.duration,
    PARAM_MAX_DURATION: setting.duration,
    PARAM_DRAIN: setting.drain,
    PARAM_FAIL_ON_ROLLBACK: setting.flag,
    /** Files; a file that is not there means: no token, no authentication. */
    GITHUB_TOKEN_PATH: setting.text,
    PROMETHEUS_AUTH_PATH: setting.text,
    /** Folder of a checkout that replaces the forge's API as source; empty when no workspace is bound. */
    WORKSPACE_SOURCE_PATH: setting.optionalText,
  })
  .transform((env) => ({
    ...setting.releaseOf(env),
    repository: env.PARAM_REPOSITORY,
    revision: env.PARAM_REVISION,
    branch: env.PARAM_BRANCH,
    delivery: env.PARAM_DELIVERY,
    manifestPath: env.PARAM_MANIFEST_PATH,
    experimentPath: env.PARAM_EXPERIMENT_PATH,
    propertiesPath: env.PARAM_PROPERTIES_PATH,
    metricsConfig: env.PARAM_METRICS_CONFIG,
    metricsNamespace: env.PARAM_METRICS_NAMESPACE ?? env.RUN_NAMESPACE,
    prometheusUrl: env.PARAM_PROMETHEUS_URL,
    githubApiUrl: env.PARAM_GITHUB_API_URL,
    statusContext: env.PARAM_STATUS_CONTEXT ?? `canary/${env.PARAM_NAMESPACE}/${env.PARAM_SERVICE}`,
    dashboardUrl: env.PARAM_DASHBOARD_URL,
    grafanaUrl: env.PARAM_GRAFANA_URL,
    onNewCommit: env.PARAM_ON_NEW_COMMIT,
    queueTimeoutMs: env.PARAM_QUEUE_TIMEOUT,
    maxDurationMs: env.PARAM_MAX_DURATION,
    drainMs: env.PARAM_DRAIN,
    failOnRollback: env.PARAM_FAIL_ON_ROLLBACK,
    githubTokenPath: env.GITHUB_TOKEN_PATH,
    prometheusAuthPath: env.PROMETHEUS_AUTH_PATH,
    sourcePath: env.WORKSPACE_SOURCE_PATH,
  }));

export type Config = z.output<typeof config>;

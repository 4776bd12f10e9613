/** Wrong params stop the loop before it touches anything, and never keep the finally task from settling. */
import { expect, test } from "vitest";
import { settingProblems } from "../../../steps/lib/process/setting-problems.ts";
import { config } from "../../../steps/wait-and-cleanup/config.ts";

const WRONG = {
  RUN_NAMESPACE: "tekton-canary",
  RUN_NAME: "web-1",
  RUN_UID: "u1",
  PARAM_SERVICE: "web",
  PARAM_NAMESPACE: "shop",
  PARAM_PROMETHEUS_URL: "prometheus",
  PARAM_ON_INCONCLUSIVE: "promot",
  PARAM_MAX_DURATION: "10 minutes",
  PARAM_DRAIN: "5m",
  PARAM_FAIL_ON_ROLLBACK: "no",
  PROMETHEUS_AUTH_PATH: "/etc/canary/prometheus",
};

test("the loop names each wrong param, its value and what is allowed", () => {
  const environment = { ...WRONG, MODE: "run" };
  const { error } = config.safeParse(environment);
  expect(error && settingProblems(error, environment)).toEqual([
    'param prometheus-url must be an http(s) URL, not "prometheus"',
    'param on-inconclusive must be "rollback" or "promote", not "promot"',
    'param max-duration must be a duration such as "90s" or "1h30m", not "10 minutes"',
    'param drain is "5m": must be at most 2m',
    'param fail-on-rollback must be "true" or "false", not "no"',
  ]);
});

test("settling takes the defaults of the Task instead", () => {
  expect(config.parse({ ...WRONG, MODE: "settle" })).toMatchObject({
    mode: "settle",
    prometheusUrl: "http://prometheus.istio-system:9090",
    onInconclusive: "rollback",
    maxDurationMs: 105 * 60_000,
    drainMs: 10_000,
    failOnRollback: true,
  });
});

test("a variable that the Task does not set is a mistake in both", () => {
  const { PARAM_DRAIN: _, ...rest } = WRONG;
  expect(config.safeParse({ ...rest, MODE: "settle" }).success).toBe(false);
});

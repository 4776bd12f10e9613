import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLatency, unitProblem } from "../../../../steps/lib/metrics/units.ts";

const MS = {
  metric: "iter8_latency",
  baseline: 104.31234,
  requests: 40,
  metricsConfig: "iter8config-metrics",
};

describe("the unit guard", () => {
  it("rejects seconds where milliseconds are measured, with both numbers and the cure", () => {
    expect(unitProblem({ ...MS, threshold: 0.2 })).toBe(
      "iter8_latency: the threshold 0.2 cannot be in the unit of the metric, the baseline is at 104.3 now " +
        "(40 requests in the last minute); probably it is in seconds where the metric is in milliseconds: " +
        "write 200, or set the param metrics-config to iter8config-metrics-seconds",
    );
  });

  it("rejects milliseconds where seconds are measured", () => {
    const seconds = { ...MS, baseline: 0.1, metricsConfig: "iter8config-metrics-seconds" };
    const problem = unitProblem({ ...seconds, threshold: 200 });
    expect(problem).toMatch(
      /in milliseconds where the metric is in seconds: write 0\.2, or set .* to iter8config-metrics$/,
    );
  });

  it.each([
    ["a limit twenty times below the baseline", { threshold: 5, baseline: 100 }],
    ["a limit a thousand times above it", { threshold: 100_000, baseline: 100 }],
    ["a baseline without a value", { threshold: 0.2, baseline: undefined }],
    ["a baseline that answers at once", { threshold: 0.2, baseline: 0 }],
    ["fewer than ten requests", { threshold: 0.2, requests: 9 }],
  ])("lets pass %s", (_what, given) => {
    expect(unitProblem({ ...MS, ...given })).toBeUndefined();
  });

  it("speaks up exactly outside of 1/20 to 1000 times the baseline", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e9, noNaN: true }), (threshold) => {
        const problem = unitProblem({ ...MS, baseline: 100, threshold });
        expect(problem !== undefined).toBe(threshold < 5 || threshold > 100_000);
      }),
    );
  });

  it.each([
    ["iter8_latency", "sum(x)", true],
    ["p99", "histogram_quantile(0.99, istio_request_duration_milliseconds_bucket)", true],
    ["iter8_error_rate", "sum(istio_requests_total{response_code=~'5..'})", false],
  ])("%s over %s is a latency: %s", (name, queryTemplate, expected) => {
    expect(isLatency({ name, queryTemplate })).toBe(expected);
  });
});

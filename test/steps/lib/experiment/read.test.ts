/** Everything that people wrote for Iter8 v0.1 and v0.2 is read, and means what it meant. */
import { describe, expect, test } from "vitest";
import { toleranceOf } from "../../../../steps/lib/experiment/criterion.ts";
import { FIXTURES, fixture, read } from "./fixtures.ts";

describe("the experiments of Iter8's documents", () => {
  /** The Service that each of them is about. */
  const service = (name: string) =>
    name.startsWith("reviews")
      ? "reviews"
      : name.startsWith("productpage")
        ? "productpage"
        : name.startsWith("tekton")
          ? "iter8-demo"
          : "web";

  test.each(FIXTURES)("%s has no problem", (name) => {
    const { problems, spec } = read(fixture(name), { service: service(name) });

    expect(problems).toEqual([]);
    expect(spec).toBeDefined();
  });

  test("the tutorial's says 8 x 30 s, 20 % a step up to 80 %, latency at most 0.2 from 6 requests on", () => {
    const { spec } = read(fixture("tekton-tutorial.yaml"), { service: "iter8-demo" });

    expect(spec?.trafficControl).toEqual({
      strategy: "check_and_increment",
      interval: "30s",
      maxIterations: 8,
      maxTrafficPercentage: 80,
      trafficStepSize: 20,
      onSuccess: "candidate",
    });
    expect(spec?.analysis.successCriteria.map(toleranceOf)).toEqual([
      {
        metricName: "iter8_latency",
        toleranceType: "threshold",
        tolerance: 0.2,
        sampleSize: 6,
        stopOnFailure: false,
      },
    ]);
  });

  test("hosts, gateway and port are kept", () => {
    const { spec } = read(fixture("productpage-v2-rollout.yaml"), { service: "productpage" });

    expect(spec?.targetService).toMatchObject({
      port: 9080,
      hosts: [{ name: "productpage.deployment.com", gateway: "productpage-gateway" }],
    });
  });
});

test("an experiment that says nothing but its service gets Iter8's defaults", () => {
  const { spec } = read(`
apiVersion: iter8.tools/v1alpha1
kind: Experiment
metadata: {name: web}
spec:
  targetService: {name: web}
  analysis:
    successCriteria:
      - {metricName: iter8_error_rate, toleranceType: threshold, tolerance: 0.02}
`);

  expect(spec).toEqual({
    targetService: { kind: "Deployment", apiVersion: "", name: "web" },
    trafficControl: {
      strategy: "check_and_increment",
      interval: "1m",
      maxIterations: 100,
      maxTrafficPercentage: 50,
      trafficStepSize: 2,
      onSuccess: "candidate",
    },
    analysis: {
      successCriteria: [{ metricName: "iter8_error_rate", toleranceType: "threshold", tolerance: 0.02 }],
    },
  });
  expect(spec?.analysis.successCriteria.map(toleranceOf)).toMatchObject([
    { sampleSize: 10, stopOnFailure: false },
  ]);
});

test("trafficControl, analysis and criteria may be left out", () => {
  const { spec } = read(
    "{apiVersion: iter8.tools/v1alpha1, kind: Experiment, metadata: {name: web}, spec: {targetService: {hosts: [{name: shop.example.com, gateway: shop}]}}}",
  );

  expect(spec?.trafficControl.maxIterations).toBe(100);
  expect(spec?.analysis.successCriteria).toEqual([]);
});

describe("what is accepted without effect gets a line in the log", () => {
  test("what belongs to an experiment that runs", () => {
    expect(read(fixture("every-field.yaml")).notes).toEqual([
      "iter8/experiment.yaml: action is ignored: it belongs to an experiment that runs",
      "iter8/experiment.yaml: status is ignored: it belongs to an experiment that runs",
      "iter8/experiment.yaml: metrics is ignored: it belongs to an experiment that runs",
      "iter8/experiment.yaml: spec.routingReference has no effect, as in Iter8 v0.2",
      "iter8/experiment.yaml: spec.analysis.analyticsService is ignored: the pipeline's prometheus-url is asked instead",
      "iter8/experiment.yaml: spec.analysis.reward has no effect, as in Iter8 v0.2",
    ]);
  });

  test("the forms of Iter8 v0.0 and of its documents", () => {
    const { notes, spec } = read(fixture("oldest-forms.yaml"));

    expect(notes).toEqual([
      "iter8/experiment.yaml: spec.assessment is a form of Iter8 v0.0 and is ignored: use the top-level action of the running Experiment",
      "iter8/experiment.yaml: spec.analysis.reward has no effect, as in Iter8 v0.2",
    ]);
    expect(spec?.analysis.reward).toEqual({
      metricName: "books_purchased",
      min_max: { min: 0, max: 20 },
    });
  });

  test("even when it is nonsense: a status of somebody else is never looked at", () => {
    const text = `${fixture("reviews-v3-rollout.yaml")}status: {phase: Dancing}\naction: jump\n`;

    expect(read(text, { service: "reviews" }).problems).toEqual([]);
  });
});

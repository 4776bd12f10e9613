/** What a person reads who made mistakes in iter8/experiment.yaml: all of them at once, each with its line and its cure. */
import { describe, expect, test } from "vitest";
import { read } from "./fixtures.ts";

test("every mistake is told at once, in the order of the file", () => {
  const { spec, problems } = read(`apiVersion: iter8.tools/v1alpha1
kind: Experiment
metadata:
  name: web
  namespace: other
spec:
  targetService:
    name: shopping-cart
    apiVersion: apps/v2
    port: 70000
  trafficControl:
    strategy: epsilon_greedy
    interval: 30
    trafficStepsize: 20
    maxIterations: 0
    maxTrafficPercentage: "80"
    onSuccess: both
  analysis:
    successCriteria:
      - metricName: iter8_latency
        toleranceType: treshold
        tolerance: 200
        sampleSize: 2.5
        min_max: {min: 5, max: 5}
      - toleranceType: delta
        tolerance: .nan
        stopOnFailure: yes please
  cleanup: everything
`);

  expect(spec).toBeUndefined();
  expect(problems).toEqual([
    'iter8/experiment.yaml:5: metadata.namespace: must be shop, the namespace that is released to, or left out; not "other"',
    'iter8/experiment.yaml:8: spec.targetService.name: must be web, what this pipeline releases, not "shopping-cart"',
    'iter8/experiment.yaml:9: spec.targetService.apiVersion: must be v1 or apps/v1 for kind Deployment, not "apps/v2"',
    "iter8/experiment.yaml:10: spec.targetService.port: must be at most 65535, not 70000",
    'iter8/experiment.yaml:12: spec.trafficControl.strategy: must be check_and_increment or increment_without_check or sequential, not "epsilon_greedy"',
    'iter8/experiment.yaml:13: spec.trafficControl.interval: must be a positive duration such as "30s" or "1m30s", not 30',
    "iter8/experiment.yaml:14: spec.trafficControl.trafficStepsize: is no field of an Experiment; spec.trafficControl has strategy, interval, maxIterations, maxTrafficPercentage, trafficStepSize, onSuccess, confidence, falseAbort, wrongPromote, riskBudget, steps, minSoak, warmUp, deadline, ignoreWorstPolls, burst",
    "iter8/experiment.yaml:15: spec.trafficControl.maxIterations: must be at least 1, not 0",
    'iter8/experiment.yaml:16: spec.trafficControl.maxTrafficPercentage: must be a number, not "80"',
    "iter8/experiment.yaml:17: spec.trafficControl.onSuccess: both would leave two versions serving for good; use candidate or baseline",
    'iter8/experiment.yaml:21: spec.analysis.successCriteria[0].toleranceType: must be "threshold" or "delta", not "treshold"',
    "iter8/experiment.yaml:23: spec.analysis.successCriteria[0].sampleSize: must be a whole number, not 2.5",
    "iter8/experiment.yaml:24: spec.analysis.successCriteria[0].min_max: min must be less than max, not 5 and 5",
    "iter8/experiment.yaml:25: spec.analysis.successCriteria[1].metricName: must be a text, it is missing",
    "iter8/experiment.yaml:26: spec.analysis.successCriteria[1].tolerance: must be a number, not null",
    'iter8/experiment.yaml:27: spec.analysis.successCriteria[1].stopOnFailure: must be true or false, not "yes please"',
    'iter8/experiment.yaml:28: spec.cleanup: must be "delete" or "", not "everything"',
  ]);
});

/** A right experiment with one thing changed. */
function experiment(change: {
  readonly target?: string;
  readonly traffic?: string;
  readonly spec?: string;
}): string {
  const { target = "name: web", traffic = "", spec = "" } = change;
  return `apiVersion: iter8.tools/v1alpha1
kind: Experiment
metadata: {name: web}
spec:
  targetService: {${target}}
  trafficControl: {${traffic}}
  ${spec}
`;
}

const FAILURES = 'analysis: {successCriteria: [{metricName: iter8_error_rate, limit: "1%"}]}';

/** Strategy `sequential` with more fields of traffic control. */
function sequential(traffic: string) {
  return { traffic: `strategy: sequential, ${traffic}`, spec: FAILURES };
}

/** Strategy `sequential` with one criterion. */
function judged(criterion: string) {
  const spec = `analysis: {successCriteria: [{metricName: iter8_latency, ${criterion}}]}`;
  return { traffic: "strategy: sequential", spec };
}

describe("single mistakes", () => {
  test.each([
    ["a duration without a unit", { traffic: 'interval: "30"' }, 'such as "30s" or "1m30s", not "30"'],
    [
      "a duration of nothing",
      { traffic: "interval: 0s" },
      'must be a positive duration such as "30s" or "1m30s"',
    ],
    ["a negative step", { traffic: "trafficStepSize: -1" }, "trafficStepSize: must be at least 0, not -1"],
    ["more than all traffic", { traffic: "maxTrafficPercentage: 101" }, "must be at most 100, not 101"],
    ["a list instead of a mapping", { spec: "analysis: []" }, "spec.analysis: must be a mapping, not a list"],
    [
      "criteria that are no list",
      { spec: "analysis: {successCriteria: {}}" },
      "must be a list, not a mapping",
    ],
    [
      "another namespace of the target",
      { target: "name: web, namespace: bank" },
      'spec.targetService.namespace: must be shop, the namespace that is released to, or left out; not "bank"',
    ],
    ["neither name nor hosts", { target: "candidate: web-2" }, "spec.targetService: needs a name or hosts"],
    [
      "an apiVersion that no Service has",
      { target: "name: web, kind: Service, apiVersion: apps/v1" },
      'must be v1 for kind Service, not "apps/v1"',
    ],
    [
      "a host without its gateway",
      { target: "hosts: [{name: shop.example.com}]" },
      "spec.targetService.hosts[0].gateway: must be a text, it is missing",
    ],
    [
      "an own route beside hosts",
      {
        target: "hosts: [{name: shop.example.com, gateway: shop}]",
        spec: "routing: {kind: VirtualService, name: shop}",
      },
      "spec.routing: names a route that exists, so targetService.hosts must be left out",
    ],
    [
      "a route without a name",
      { spec: 'routing: {kind: VirtualService, name: ""}' },
      "routing.name: must not be empty",
    ],
    ["action inside the spec", { spec: "action: pause" }, "spec.action: is no field of an Experiment"],
    [
      "our strategy without anything to judge by",
      { traffic: "strategy: sequential" },
      "spec.analysis.successCriteria: strategy sequential needs at least one criterion",
    ],
    [
      "a field of our strategy beside one of Iter8's",
      { traffic: "riskBudget: 0.01" },
      "spec.trafficControl.riskBudget: belongs to strategy sequential, not to check_and_increment",
    ],
    ["steps that do not ascend", sequential("steps: [10, 5]"), "steps: must ascend, not [10,5]"],
    [
      "a step beyond the user's maximum",
      sequential("steps: [10, 60], maxTrafficPercentage: 50"),
      "steps: must not exceed maxTrafficPercentage, which is 50",
    ],
    [
      "a step beyond the default maximum",
      sequential("steps: [10, 100]"),
      "steps: must not exceed maxTrafficPercentage, which is 50 unless set",
    ],
    [
      "a step that no route can have",
      sequential("steps: [2.5, 5]"),
      "must be whole percents, or tenths below 1, not 2.5",
    ],
    [
      "a soak as long as the whole run",
      sequential("minSoak: 30m"),
      "minSoak: must be shorter than the deadline, not 30m of 30m",
    ],
    ["a probability in percent", sequential("falseAbort: 1"), "falseAbort: must be at most 0.5, not 1"],
    [
      "our criterion under a strategy of Iter8",
      { spec: 'analysis: {successCriteria: [{metricName: iter8_error_rate, limit: "1%"}]}' },
      "successCriteria[0].limit: needs spec.trafficControl.strategy sequential; other strategies take tolerance",
    ],
    ["a limit without a unit", judged("limit: 500"), 'such as "1%" or a duration such as "500ms", not 500'],
    ["a limit in an unknown unit", judged('limit: "500"'), 'such as "500ms", not "500"'],
    [
      "ours and Iter8's in one",
      judged('limit: "1%", toleranceType: threshold, tolerance: 0.01'),
      "has limit and toleranceType, tolerance; a criterion is either ours (limit, vsBaseline) or Iter8's (toleranceType, tolerance)",
    ],
    [
      "a criterion without any limit",
      judged(""),
      "needs toleranceType and tolerance, or with strategy sequential limit or vsBaseline",
    ],
    [
      "a time without a share of requests",
      judged("limit: 500ms"),
      "limit: is a time, so it needs quantile (the share of requests that must be faster) or vsBaseline",
    ],
    ["a quantile of a share", judged('limit: "1%", quantile: 0.99'), "quantile: needs a time as limit"],
    [
      "a margin in ms beside a limit",
      judged("limit: 500ms, vsBaseline: {margin: 20ms}"),
      'vsBaseline.margin: must be a percentage such as "1%" beside a limit',
    ],
    ["a comparison without a size", judged("vsBaseline: {}"), "vsBaseline: needs ratio or margin"],
  ])("%s", (_what, change, sentence) => {
    const { problems } = read(experiment(change));

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^iter8\/experiment\.yaml:\d+: /);
    expect(problems[0]).toContain(sentence);
  });

  test("no spec at all", () => {
    expect(
      read("apiVersion: iter8.tools/v1alpha1\nkind: Experiment\nmetadata: {name: web}\n").problems,
    ).toEqual(["iter8/experiment.yaml:1: spec: must be a mapping, it is missing"]);
  });

  test("the Experiment of a later Iter8", () => {
    const { problems } = read(experiment({}).replace("v1alpha1", "v1alpha2"));

    expect(problems).toEqual([
      'iter8/experiment.yaml:1: apiVersion: must be "iter8.tools/v1alpha1", not "iter8.tools/v1alpha2"',
    ]);
  });

  test.each([
    ["a text", "hello", "must be a mapping"],
    ["nothing", "# later\n", "must hold one Experiment, not 0 documents"],
    ["two documents", "a: 1\n---\nb: 2\n", "must hold one Experiment, not 2 documents"],
    ["broken YAML", "spec: {\n", "is not valid YAML"],
  ])("%s is no Experiment", (_what, text, sentence) => {
    const { problems, spec } = read(text);

    expect(spec).toBeUndefined();
    expect(problems[0]).toContain(sentence);
  });

  test("the first 140 characters, all that GitHub shows, have place and value", () => {
    const [problem = ""] = read(experiment({ traffic: 'maxTrafficPercentage: "80"' })).problems;

    expect(`Rejected: ${problem}`.length).toBeLessThanOrEqual(140);
  });
});

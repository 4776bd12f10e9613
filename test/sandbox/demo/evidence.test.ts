import { describe, expect, test } from "vitest";
import { readEvidence } from "../../../sandbox/demo/evidence-reading.ts";
import { evidenceOf } from "../../../sandbox/demo/evidence-series.ts";
import { bar, decisionLines, oddsLine } from "../../../sandbox/demo/odds-line.ts";
import { page } from "../../../sandbox/demo/page.ts";
import { releaseOf } from "../../../sandbox/demo/timeline.ts";
import { stepFindings } from "../../../sandbox/scenario/record.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { experiment, REVISION, START, sightingLog } from "../scenario/sighting-log.ts";
import { weighingExperiment } from "./evidence-log.ts";

const CRITERIA = [
  "errors, limit 1 %",
  "errors, baseline + 0.5 points",
  "slower than 500ms, baseline + 1 point",
];
const plain = { red: (text: string) => text, green: (text: string) => text };

/** What an onlooker saw of a release: these versions of its Experiment, one every 100 ms. */
function watched(experiments: readonly KubeObject[]) {
  const log = sightingLog();
  log.object("ADDED", {
    apiVersion: "tekton.dev/v1",
    kind: "PipelineRun",
    metadata: { name: "web-1234", uid: "uid-run" },
  });
  for (const one of experiments) log.object("MODIFIED", one);
  const frame = {
    subject: { namespace: "shop", service: "web" },
    revision: REVISION,
    run: "web-1234",
    from: START,
    until: START + 60_000,
    statusesUntil: Number.POSITIVE_INFINITY,
    settledUntil: Number.POSITIVE_INFINITY,
    deafMs: 0,
  };
  const { seen } = log;
  return {
    series: evidenceOf(seen, frame),
    release: releaseOf(seen, frame, stepFindings(seen, frame).record, "web 2", "ms"),
  };
}

const drawn = (experiments: readonly KubeObject[]) =>
  page({ name: "shop", description: "", releases: [watched(experiments).release], problems: [] });

const BEGUN = weighingExperiment(0);
const FIRST = weighingExperiment(1, { against: 12, inFavour: [0.5, 0.1, 2] });
const ROLLED_BACK = weighingExperiment(2, { against: 310, inFavour: [0.2, 0.01, 3] }, "CriteriaFailed");
const PROMOTED = weighingExperiment(2, { against: 0.2, inFavour: [90, 25, 4000] }, "CriteriaMet");

describe("the evidence over time", () => {
  test("begins at even odds, has a point for each poll, and ends with the decision", () => {
    const { series } = watched([BEGUN, FIRST, ROLLED_BACK]);
    expect(series).toEqual({
      criteria: CRITERIA,
      needAgainst: 100,
      needFor: 20,
      points: [
        { at: 0.1, against: 1, inFavour: [1, 1, 1] },
        { at: 0.2, against: 12, inFavour: [0.5, 0.1, 2] },
        { at: 0.3, against: 310, inFavour: [0.2, 0.01, 3] },
      ],
      decision: { at: 0.3, kind: "against", odds: 310 },
    });
  });

  test("a candidate is promoted at the odds of the criterion that has the least", () => {
    expect(watched([BEGUN, FIRST, PROMOTED]).series?.decision).toEqual({ at: 0.3, kind: "for", odds: 25 });
  });

  test("a write that changes no odds is no poll", () => {
    expect(watched([BEGUN, FIRST, FIRST, FIRST]).series?.points).toHaveLength(2);
  });

  test("what follows the decision adds nothing", () => {
    const once = watched([BEGUN, FIRST, ROLLED_BACK]).series;
    expect(watched([BEGUN, FIRST, ROLLED_BACK, ROLLED_BACK, FIRST]).series).toEqual(once);
  });

  test("when somebody else ends the release, the evidence has decided nothing", () => {
    const overridden = weighingExperiment(2, { against: 310, inFavour: [0.2, 0.01, 3] }, "Override");
    expect(watched([BEGUN, overridden]).series?.decision).toBeUndefined();
  });

  test("a release without evidence has none, and neither has one that ended before its first poll", () => {
    expect(watched([experiment("web-1", "web-2", undefined, 80)]).series).toBeUndefined();
    expect(watched([BEGUN]).series).toBeUndefined();
  });
});

describe("the page of a release that was decided on evidence", () => {
  test("draws both thresholds with what they do, and the decision where it fell", () => {
    const html = drawn([BEGUN, FIRST, ROLLED_BACK]);
    expect(html).toContain("100:1 against: rolled back");
    expect(html).toContain("20:1 for every criterion: promoted");
    expect(html).toContain(">rolled back at 310:1<");
    expect(html).toContain("decided: rolled back at 310:1 against the candidate");
    expect(drawn([BEGUN, FIRST, PROMOTED])).toContain(">promoted at 25:1<");
  });

  test("has odds on its axis, ten times as much at each line", () => {
    const ticks = [
      ...drawn([BEGUN, FIRST, ROLLED_BACK]).matchAll(/ y="([\d.]+)" class="tick"[^>]*>(\d+:\d+)</g),
    ];
    expect(ticks.map(([, , text]) => text)).toEqual(["1:100", "1:10", "1:1", "10:1", "100:1", "1000:1"]);
    const gaps = ticks.slice(1).map(([, y], index) => Number(ticks[index]?.[1]) - Number(y));
    for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0] ?? 0, 0);
  });

  test("odds beyond the scale stay inside of the panel", () => {
    const beyond = weighingExperiment(2, { against: 1e12, inFavour: [1e-9, 1e-12, 0] }, "CriteriaFailed");
    const html = drawn([BEGUN, beyond]);
    const [panel = ""] = /<g class="panel evidence">.*?<\/g>/s.exec(html) ?? [];
    const heights = [...panel.matchAll(/ cy="([-\d.]+)"/g)].map(([, y]) => Number(y));
    const edges = [...panel.matchAll(/ y1="([\d.]+)" y2="[\d.]+" class="(?:grid|axis)"/g)].map(([, y]) =>
      Number(y),
    );
    expect(Math.min(...heights)).toBe(Math.min(...edges));
    expect(Math.max(...heights)).toBe(Math.max(...edges));
    expect(html).not.toMatch(/NaN|Infinity/);
  });

  test("names every criterion, and all numbers of a poll where one points at it", () => {
    const html = drawn([BEGUN, FIRST, ROLLED_BACK]);
    for (const name of CRITERIA) expect(html).toContain(`class="legend-text">${name}<`);
    expect(html).toContain(
      "12:1 against the candidate\n1:2 for errors, limit 1 %\n1:10 for errors, baseline",
    );
  });

  test("tells the arithmetic below the headline, a line for each criterion", () => {
    const { release } = watched([BEGUN, FIRST, ROLLED_BACK]);
    const sentence =
      "Rolled back to web-1 after 3s, web-2 failed: errors: 7/100, limit 1 %: 310:1; errors: more";
    const html = page({ name: "", description: "", releases: [{ ...release, sentence }], problems: [] });
    expect(html).toContain("<h2>Rolled back to web-1 after 3s, web-2 failed</h2>");
    expect(html).toContain("<li>errors: 7/100, limit 1 %: 310:1</li><li>errors: more</li>");
  });

  test("needs nothing from elsewhere", () => {
    expect(drawn([BEGUN, FIRST, PROMOTED])).not.toMatch(/<(script|link|img|iframe)\b|@import|url\(|https?:/);
  });

  test("a release without evidence has no such panel", () => {
    expect(drawn([experiment("web-1", "web-2", undefined, 80)])).not.toContain("panel evidence");
  });
});

describe("the odds in the terminal", () => {
  test("a bar is empty at even odds, half full at the root of what is needed, and full only when it is reached", () => {
    expect([0.001, 1, 10, 99, 100, 1e9].map((odds) => bar(odds, 100, 4))).toEqual([
      "░░░░",
      "░░░░",
      "██░░",
      "███░",
      "████",
      "████",
    ]);
  });

  test("both sides stand in one line, the side for with its least", () => {
    const { odds } = readEvidence(FIRST) ?? {};
    expect(odds && oddsLine(odds, plain).replace(/[█░]+ /g, "")).toMatch(
      /^against 12:1 of 100:1 +for 1:10 of 20:1/,
    );
  });

  test("a decision is told with what was needed and the arithmetic of each criterion", () => {
    const lines = (object: KubeObject) => {
      const reading = readEvidence(object);
      return reading === undefined ? [] : decisionLines(reading, "web-2");
    };
    expect(lines(FIRST)).toEqual([]);
    expect(lines(ROLLED_BACK)[0]).toBe(
      "The odds against web-2 are 310:1, 100:1 is enough: it is rolled back.",
    );
    expect(lines(ROLLED_BACK)[1]).toMatch(/^violated: errors: candidate 7\/100 \(7 %\)/);
    expect(lines(PROMOTED)[0]).toBe(
      "For every criterion the odds are 25:1 or more, 20:1 is enough: web-2 is promoted.",
    );
    expect(lines(PROMOTED)).toHaveLength(4);
  });
});

/** The picture of one release: panels over the same seconds, with what happened marked across them. */
import { evidencePanel } from "./evidence-panel.ts";
import { marks } from "./marks.ts";
import { grid, heading, INNER, LEFT, type Panel, type Place, RIGHT, type Scale, WIDTH } from "./panel.ts";
import { element, pathThrough, ticks } from "./svg.ts";
import type { Point, Release, VersionSeries } from "./timeline.ts";

/** The numbers of the marks stand above the panels. */
const TOP = 56;
const GAP = 46;

/** One SVG; its colours are CSS variables of the page. */
export function chart(release: Release): string {
  const end = Math.max(release.seconds, 1);
  const scale: Scale = { x: (at) => LEFT + (Math.min(at, end) / end) * INNER, end };
  const { evidence } = release;
  const panel = (name: string, draw: typeof weightPanel, height: number): Panel => ({
    name,
    height,
    draw: (all, place) => draw(release, all, place),
  });
  const panels = stacked([
    ...(hasBaseline(release.versions) ? [panel("weights", weightPanel, 130)] : []),
    ...(evidence === undefined ? [] : [evidencePanel(evidence)]),
    panel("latency", latencyPanel, 130),
    panel("errors", errorPanel, 70),
  ]);
  const bottom = Math.max(...panels.map(({ top, height }) => top + height));
  const size = { viewBox: `0 0 ${WIDTH} ${bottom + 26}`, class: "chart" };
  return element(
    "svg",
    { ...size, role: "img", "aria-label": `${release.title} over time` },
    marks(release.marks, scale, bottom),
    ...panels.map(({ name, draw, ...place }) => element("g", { class: `panel ${name}` }, draw(scale, place))),
    timeAxis(scale, bottom),
  );
}

/** Without one there was no traffic to share. */
export function hasBaseline(versions: readonly VersionSeries[]): boolean {
  return versions.some(({ role }) => role === "baseline");
}

function stacked(panels: readonly Panel[]): readonly (Panel & Place)[] {
  let top = TOP;
  return panels.map((panel) => {
    const placed = { ...panel, top };
    top += panel.height + GAP;
    return placed;
  });
}

function weightPanel(release: Release, scale: Scale, { top, height }: Place): string {
  const y = (percent: number) => top + height - (percent / 100) * height;
  const steps = release.weights.flatMap(({ at, percent }, index): readonly (readonly [number, number])[] => {
    const next = release.weights[index + 1]?.at ?? scale.end;
    return [
      [scale.x(at), y(percent)],
      [scale.x(next), y(percent)],
    ];
  });
  const line = pathThrough(steps);
  const area = line === "" ? "" : `${line}L${scale.x(scale.end)} ${y(0)}L${LEFT} ${y(0)}Z`;
  const peaks = release.weights.flatMap(({ at, percent }, index) => {
    const wide = scale.x(release.weights[index + 1]?.at ?? scale.end) - scale.x(at);
    if (percent === 0 || wide < 30) return [];
    const x = scale.x(at) + wide / 2;
    return [
      element(
        "text",
        { x, y: y(percent) + (percent > 85 ? 15 : -6), class: "value", "text-anchor": "middle" },
        `${percent} %`,
      ),
    ];
  });
  return [
    element("rect", { x: LEFT, y: top, width: INNER, height, class: "fill-baseline" }),
    heading("Traffic", "share of the requests that the route gives to the candidate", top),
    grid([0, 50, 100], y, (value) => `${value} %`),
    element("path", { d: area, class: "fill-candidate" }),
    element("path", { d: line, class: "line candidate" }),
    ...peaks,
  ].join("");
}

function latencyPanel(release: Release, scale: Scale, place: Place): string {
  const limit = release.latencyLimitMs;
  const values = release.versions.flatMap(({ points }) =>
    points.flatMap(({ p50, p99 }) => [p50 ?? 0, p99 ?? 0]),
  );
  const { y, lines } = linear(Math.max(10, (limit ?? 0) * 1.2, ...values), place);
  const series = release.versions.flatMap(({ role, points }) => [
    element("path", { d: line(points, scale, y, ({ p99 }) => p99), class: `line thin ${role}` }),
    element("path", { d: line(points, scale, y, ({ p50 }) => p50), class: `line ${role}` }),
    ...dots(
      points,
      scale,
      y,
      ({ p50 }) => p50,
      role,
      (point) =>
        `median ${point.p50?.toFixed(0)} ms, p99 ${point.p99?.toFixed(0)} ms of ${point.total} requests`,
    ),
  ]);
  return [
    heading("Latency", "median of the users' requests in ms; thin: 99th percentile", place.top),
    grid(lines, y, String),
    ...series,
    limit === undefined ? "" : limitLine(limit, y(limit)),
  ].join("");
}

function errorPanel(release: Release, scale: Scale, place: Place): string {
  const share = ({ errors, total }: Point) => (total === 0 ? 0 : (errors / total) * 100);
  const most = Math.max(5, ...release.versions.flatMap(({ points }) => points.map(share)));
  const { y, lines } = linear(Math.min(most, 100), place, 2);
  const series = release.versions.flatMap(({ role, points }) => [
    element("path", { d: line(points, scale, y, share), class: `line ${role}` }),
    ...dots(points, scale, y, share, role, (point) => `${point.errors} of ${point.total} requests failed`),
  ]);
  return [
    heading("Failed requests", "share of the users' requests that got no answer or a 5xx", place.top),
    grid(lines, y, (value) => `${value} %`),
    ...series,
  ].join("");
}

function linear(most: number, { top, height }: Place, count = 3) {
  const lines = ticks(most, count);
  const highest = lines.at(-1) ?? most;
  return { lines, y: (value: number) => top + height - (value / highest) * height };
}

/** A gap of more than two points is no line: nobody asked meanwhile. */
function line(
  points: readonly Point[],
  scale: Scale,
  y: (value: number) => number,
  value: (point: Point) => number | undefined,
): string {
  const width = Math.min(
    ...points.map(({ at }, index) => at - (points[index - 1]?.at ?? Number.NEGATIVE_INFINITY)),
    5,
  );
  return pathThrough(
    points.flatMap((point, index) => {
      const before = points[index - 1];
      const here = value(point);
      const place = here === undefined ? undefined : ([scale.x(point.at), y(here)] as const);
      return before !== undefined && point.at - before.at > width * 2.5 ? [undefined, place] : [place];
    }),
  );
}

function dots(
  points: readonly Point[],
  scale: Scale,
  y: (value: number) => number,
  value: (point: Point) => number | undefined,
  role: string,
  text: (point: Point) => string,
): readonly string[] {
  return points.flatMap((point) => {
    const here = value(point);
    if (here === undefined) return [];
    const title = element("title", {}, `${role} at ${Math.round(point.at)} s: ${text(point)}`);
    return [element("circle", { cx: scale.x(point.at), cy: y(here), r: 2.2, class: `dot ${role}` }, title)];
  });
}

function limitLine(limit: number, y: number): string {
  return [
    element("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, class: "limit" }),
    element("text", { x: LEFT + 6, y: y - 5, class: "limit-label" }, `limit ${limit} ms (mean)`),
  ].join("");
}

function timeAxis(scale: Scale, bottom: number): string {
  const times = ticks(scale.end, 10).filter((value) => value <= scale.end);
  return element(
    "g",
    { class: "times" },
    ...times.map((value) =>
      element(
        "text",
        { x: scale.x(value), y: bottom + 18, class: "tick", "text-anchor": "middle" },
        `${value} s`,
      ),
    ),
  );
}

/** The panel of a release that was decided on evidence: odds on a logarithmic scale, what is needed, and where it was reached. */
import { formatOdds } from "../../steps/lib/loop/sequential/words.ts";
import { leastOf } from "./evidence-reading.ts";
import type { Decision, EvidencePoint, EvidenceSeries } from "./evidence-series.ts";
import { grid, heading, INNER, LEFT, type Panel, type Place, RIGHT, type Scale, WIDTH } from "./panel.ts";
import { element, escapeText, pathThrough } from "./svg.ts";

type Height = (odds: number) => number;
type Value = (point: EvidencePoint) => number;

/** The scale begins at 1:100 and ends a decade above what rolls back; odds beyond stay at the edge. */
const LOWEST = -2;
const HEIGHT = 190;
/** Of the legend: a row's height, a key's width, about that of a letter, and the space between two entries. */
const ROW = 18;
const KEY = 18;
const LETTER = 5.7;
const GAP = 14;

export function evidencePanel(series: EvidenceSeries): Panel {
  const rows = legendRows(legendOf(series));
  const offset = rows.length * ROW;
  return {
    name: "evidence",
    height: HEIGHT + offset,
    draw: (scale, place) => draw(series, rows, offset, scale, place),
  };
}

function draw(
  series: EvidenceSeries,
  rows: readonly (readonly Entry[])[],
  offset: number,
  scale: Scale,
  { top, height }: Place,
): string {
  const { needAgainst, needFor, points, criteria, decision } = series;
  const highest = Math.ceil(Math.log10(needAgainst)) + 1;
  const decades = Array.from({ length: highest - LOWEST + 1 }, (_, index) => LOWEST + index);
  const y = heights({ top: top + offset, height: height - offset }, highest);
  const curve = (value: Value, kind: string) =>
    element("path", {
      d: pathThrough(points.map((point) => [scale.x(point.at), y(value(point))])),
      class: `line ${kind}`,
    });
  return [
    heading(
      "Evidence",
      "odds against and for the candidate after each scrape; each line is ten times the one below",
      top,
    ),
    ...rows.flatMap((row, index) => row.map((entry) => key(entry, top + index * ROW))),
    zone("against", y(10 ** highest), y(needAgainst)),
    grid(
      decades.map((decade) => 10 ** decade),
      y,
      formatOdds,
      1,
    ),
    threshold("against", `${formatOdds(needAgainst)} against: rolled back`, y(needAgainst)),
    threshold("for", `${formatOdds(needFor)} for every criterion: promoted`, y(needFor)),
    ...criteria.map((_, index) =>
      curve(({ inFavour }) => inFavour[index] ?? 1, `for thin dash-${index % 4}`),
    ),
    curve(leastOf, "for"),
    curve(({ against }) => against, "against"),
    ...points.map((point) => dot(series, point, scale, y)),
    decision === undefined ? "" : decided(decision, scale, y, y(10 ** highest)),
  ].join("");
}

function heights({ top, height }: Place, highest: number): Height {
  return (odds) => {
    const decade = Math.min(highest, Math.max(LOWEST, Math.log10(odds)));
    return top + height - ((decade - LOWEST) / (highest - LOWEST)) * height;
  };
}

/** Where the odds suffice. */
function zone(kind: string, top: number, bottom: number): string {
  return element("rect", { x: LEFT, y: top, width: INNER, height: bottom - top, class: `zone ${kind}` });
}

function threshold(kind: string, text: string, y: number): string {
  return [
    element("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, class: `need ${kind}` }),
    element("text", { x: LEFT + 6, y: y - 5, class: `need-label ${kind}` }, escapeText(text)),
  ].join("");
}

function dot({ criteria }: EvidenceSeries, point: EvidencePoint, scale: Scale, y: Height): string {
  const lines = [
    `at ${Math.round(point.at)} s: ${formatOdds(point.against)} against the candidate`,
    ...criteria.map((name, index) => `${formatOdds(point.inFavour[index] ?? 1)} for ${name}`),
  ];
  const title = element("title", {}, escapeText(lines.join("\n")));
  const at = (value: number, kind: string) =>
    element("circle", { cx: scale.x(point.at), cy: y(value), r: 2.2, class: `dot ${kind}` }, title);
  return at(leastOf(point), "for") + at(point.against, "against");
}

/** A ring around the odds that sufficed, and what they did: where there is room, and not on the curve that leads there. */
function decided({ at, kind, odds }: Decision, scale: Scale, y: Height, top: number): string {
  const text = `${kind === "against" ? "rolled back" : "promoted"} at ${formatOdds(odds)}`;
  const [cx, cy] = [scale.x(at), y(odds)];
  const right = cx + 13 + text.length * LETTER * 1.4 < WIDTH - RIGHT;
  const above = !right && cy - top > 20;
  const label = {
    x: cx + (right ? 13 : -11),
    y: cy + (above ? -8 : 4.5),
    class: `decided-label ${kind}`,
    "text-anchor": right ? "start" : "end",
  };
  return [
    element("circle", { cx, cy, r: 8, class: `decided ${kind}` }),
    element("circle", { cx, cy, r: 3.5, class: `dot ${kind}` }),
    element("text", label, escapeText(text)),
  ].join("");
}

interface Entry {
  readonly text: string;
  readonly kind: string;
  readonly x: number;
}

type Unplaced = Omit<Entry, "x">;

function legendOf({ criteria }: EvidenceSeries): readonly Unplaced[] {
  return [
    { text: "against", kind: "against" },
    { text: "for, the least of", kind: "for" },
    ...criteria.map((text, index) => ({ text, kind: `for thin dash-${index % 4}` })),
  ];
}

/** As many in a row as have room. */
function legendRows(entries: readonly Unplaced[]): readonly (readonly Entry[])[] {
  const rows: Entry[][] = [[]];
  let x = LEFT;
  for (const entry of entries) {
    const width = KEY + 6 + entry.text.length * LETTER + GAP;
    if (x + width - GAP > WIDTH - RIGHT && x > LEFT) {
      rows.push([]);
      x = LEFT;
    }
    rows.at(-1)?.push({ ...entry, x });
    x += width;
  }
  return rows;
}

function key({ text, kind, x }: Entry, y: number): string {
  return [
    element("line", { x1: x, x2: x + KEY, y1: y + 4, y2: y + 4, class: `line ${kind}` }),
    element("text", { x: x + KEY + 6, y: y + 8, class: "legend-text" }, escapeText(text)),
  ].join("");
}

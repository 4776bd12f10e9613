/** What the panels of a chart have in common: where they are, their heading and their lines. Sizes in units of the viewBox. */
import { element, escapeText } from "./svg.ts";

export const WIDTH = 920;
export const LEFT = 56;
export const RIGHT = 20;
export const INNER = WIDTH - LEFT - RIGHT;

/** Where a panel is. */
export interface Place {
  readonly top: number;
  readonly height: number;
}

export interface Scale {
  readonly x: (seconds: number) => number;
  readonly end: number;
}

/** Something that is drawn into a place of its own. */
export interface Panel {
  readonly name: string;
  readonly height: number;
  readonly draw: (scale: Scale, place: Place) => string;
}

export function heading(title: string, explained: string, top: number): string {
  const more = element("tspan", { class: "explained", dx: 8 }, escapeText(explained));
  return element("text", { x: LEFT, y: top - 10, class: "title" }, title, more);
}

/** Horizontal lines with their values; the one at `axis` stands out. */
export function grid(
  values: readonly number[],
  y: (value: number) => number,
  text: (value: number) => string,
  axis = 0,
): string {
  return values
    .map((value) =>
      [
        element("line", {
          x1: LEFT,
          x2: WIDTH - RIGHT,
          y1: y(value),
          y2: y(value),
          class: value === axis ? "axis" : "grid",
        }),
        element("text", { x: LEFT - 8, y: y(value) + 4, class: "tick", "text-anchor": "end" }, text(value)),
      ].join(""),
    )
    .join("");
}

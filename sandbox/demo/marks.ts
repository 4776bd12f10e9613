/** What happened, as numbers above the chart. */
import { type Scale, WIDTH } from "./panel.ts";
import { element, pathThrough } from "./svg.ts";
import type { Mark } from "./timeline.ts";

/** Numbered lines through all panels; what the numbers mean stands below the chart. Numbers that meet move apart. */
export function marks(all: readonly Mark[], scale: Scale, bottom: number): string {
  const space = 18;
  const places: number[] = [];
  for (const { at } of all) places.push(Math.max(scale.x(at), (places.at(-1) ?? 0) + space));
  for (let index = places.length - 1, most = WIDTH - 9; index >= 0; index -= 1, most -= space) {
    places[index] = Math.min(places[index] ?? most, most);
  }
  return all
    .map(({ at, tone }, index) => {
      const x = scale.x(at);
      const place = places[index] ?? x;
      return [
        element("path", {
          d: pathThrough([
            [place, 18],
            [x, 28],
            [x, bottom],
          ]),
          class: `mark ${tone}`,
        }),
        element("circle", { cx: place, cy: 10, r: 8, class: `badge ${tone}` }),
        element(
          "text",
          { x: place, y: 13.5, class: "badge-text", "text-anchor": "middle" },
          String(index + 1),
        ),
      ].join("");
    })
    .join("");
}

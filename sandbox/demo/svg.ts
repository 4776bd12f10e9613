/** The few SVG elements that the charts are drawn with. */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** `<name …>children</name>`; numbers are rounded to tenths, text children must be escaped already. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === "number" ? Math.round(value * 10) / 10 : escapeText(String(value))}"`,
    )
    .join("");
  return children.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${children.join("")}</${name}>`;
}

/** Text that may stand in HTML, SVG and quoted attributes. */
export function escapeText(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** `d` of a path through the points, in a new piece after each gap. */
export function pathThrough(points: readonly (readonly [number, number] | undefined)[]): string {
  return points
    .map((point, index) => {
      if (point === undefined) return "";
      const [x, y] = point.map((value) => Math.round(value * 10) / 10);
      return `${points[index - 1] === undefined ? "M" : "L"}${x} ${y}`;
    })
    .join("");
}

/** Round numbers from 0 to at least `most`, about `count` of them. */
export function ticks(most: number, count: number): readonly number[] {
  const rough = Math.max(most, Number.EPSILON) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const all: number[] = [];
  for (let value = 0; value < most + step * 0.999; value += step) all.push(Math.round(value / power) * power);
  return all;
}

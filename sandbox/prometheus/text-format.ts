/** Reads Prometheus' text exposition format, as far as prom-client and Envoy write it. */
import type { Sample } from "../../steps/lib/ports/metrics.ts";
import { parseNumber } from "./literals.ts";

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*(?:\{(.*)\})?[ \t]+(\S+)$/;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)/y;
const NUMBER = /^[-+]?(Inf|NaN|\d+\.?\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?)$/;

/** All samples of `text`, the metric's name as `__name__`. Throws an Error that names the line; time stamps are not known. */
export function parseTextFormat(text: string): readonly Sample[] {
  const samples: Sample[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, name, labels = "", value] = LINE.exec(line) ?? [];
    const pairs = parseLabels(labels);
    if (name === undefined || value === undefined || pairs === undefined || !NUMBER.test(value))
      throw new Error(`line ${index + 1} is no sample in the text format: ${line}`);
    samples.push({ labels: { __name__: name, ...pairs }, value: parseNumber(value) });
  }
  return samples;
}

function parseLabels(text: string): Readonly<Record<string, string>> | undefined {
  const labels: Record<string, string> = {};
  let end = 0;
  while (end < text.trimEnd().length) {
    LABEL.lastIndex = end;
    const [whole, name, value] = LABEL.exec(text) ?? [];
    if (whole === undefined || name === undefined || value === undefined) return undefined;
    labels[name] = value.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
    end += whole.length;
  }
  return labels;
}

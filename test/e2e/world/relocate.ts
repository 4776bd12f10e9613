/**
 * Gives each playing of a scenario names of its own: several play at once, Prometheus remembers earlier namespaces, and a
 * node has one image of a name.
 */
import { createHash } from "node:crypto";
import { parseDocument } from "yaml";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { podPort } from "./service-ports.ts";

interface Located {
  readonly namespace?: unknown;
  readonly services?: readonly { readonly namespace?: unknown }[];
  readonly images?: Readonly<Record<string, unknown>>;
  readonly cluster?: readonly KubeObject[];
}

/**
 * The text of a scenario file with `-<suffix>` behind the names of its namespaces, in fields and in host names, and behind
 * those of its images what tells how they behave: equal ones are the same image in every scenario. What is no YAML stays as
 * it is: who reads it says so.
 */
export function relocated(source: string, suffix: string): string {
  const document = parseDocument(source);
  if (document.errors.length > 0) return source;
  const { namespace, services = [], images = {}, cluster = [] } = (document.toJS() ?? {}) as Located;
  const namespaces = [namespace, ...services.map((one) => one.namespace)];
  const moved = [...new Set(namespaces)]
    .filter((name) => typeof name === "string")
    .reduce(
      (text, name) =>
        text
          .replaceAll(new RegExp(`(\\bnamespace: *"?)${name}(?![-\\w])`, "g"), `$1${name}-${suffix}`)
          .replaceAll(new RegExp(`\\.${name}(?=\\.svc\\b)`, "g"), `.${name}-${suffix}`),
      source,
    );
  return Object.entries(images).reduce(
    (text, [name, behaviour]) =>
      text.replaceAll(
        new RegExp(`${name.replaceAll(".", "\\.")}(?![-.\\w])`, "g"),
        // The port that the app listens on is in the image too.
        `${name}-${hash(behaviour, podPort(cluster))}`,
      ),
    moved,
  );
}

function hash(...parts: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 8);
}

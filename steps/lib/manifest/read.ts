/** Pushed YAML and JSON files as Kubernetes objects, with the line of everything in them. */

import type { Document } from "yaml";
import { isMap, isNode, LineCounter, type ParsedNode, parseAllDocuments } from "yaml";
import type { SourceFile } from "../ports/forge.ts";
import type { KubeObject } from "../ports/kinds.ts";
import { type FieldPath, isRecord } from "./plain-data.ts";
import type { Problem } from "./problem.ts";

/** One object of the manifest, and where it was read. */
export interface ManifestObject {
  readonly file: string;
  readonly object: KubeObject;
  /** The line of a field, or of the nearest one around it that the file has. */
  readonly lineOf: (path: FieldPath) => number;
}

/** One YAML document: its value, plain data. */
export interface YamlDocument {
  readonly value: unknown;
  readonly lineOf: (path: FieldPath) => number;
}

export interface Manifest {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly Problem[];
}

const EXTENSIONS = [".yaml", ".yml", ".json"];
/** Manifests hardly use aliases; this bounds what a few lines can unfold to. */
const MAX_ALIASES = 100;
/** All files together, in characters: more would not fit into the memory of a step, nor into the stored release. */
const MAX_SIZE = 256 * 1024;

/**
 * The objects of all YAML and JSON files (others are ignored), documents that are empty left out, Lists unpacked.
 * Problems: syntax, duplicate keys, too many aliases, documents that are no Kubernetes objects, more than 256 KB.
 */
export function readManifest(files: readonly SourceFile[]): Manifest {
  const objects: ManifestObject[] = [];
  const problems: Problem[] = [];
  const readable = files.filter(({ path }) => EXTENSIONS.some((extension) => path.endsWith(extension)));
  const [first] = readable;
  const size = readable.reduce((total, { text }) => total + text.length, 0);
  if (first !== undefined && size > MAX_SIZE) {
    const message = `the manifest has ${Math.ceil(size / 1024)} KB, at most ${MAX_SIZE / 1024} KB are allowed`;
    return { objects, problems: [{ file: first.path, message }] };
  }
  for (const file of readable) {
    const read = readDocuments(file);
    problems.push(...read.problems);
    for (const document of read.documents) collect(file.path, document, [], objects, problems);
  }
  return { objects, problems };
}

/** All documents of one file that are not empty; none when there is a problem. */
export function readDocuments(file: SourceFile): {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly Problem[];
} {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(file.text, {
    ...{ lineCounter: lines, prettyErrors: false, uniqueKeys: true, logLevel: "error" },
    // YAML 1.2 has no merge keys, but kubectl takes them.
    merge: true,
  });
  if ("empty" in parsed) return { documents: [], problems: [] };
  const documents: YamlDocument[] = [];
  const problems: Problem[] = [];
  for (const document of parsed) {
    for (const error of [...document.errors, ...document.warnings]) {
      const line = lines.linePos(error.pos[0]).line;
      problems.push({ file: file.path, line, message: `is not valid YAML: ${error.message}` });
    }
    if (document.errors.length > 0) continue;
    const lineOf = (path: FieldPath) => lines.linePos(offsetOf(document, path)).line;
    try {
      // As JSON, so that what is checked is what will be sent: no cycles, dates, sets or infinities.
      const value: unknown = JSON.parse(
        JSON.stringify(document.toJS({ maxAliasCount: MAX_ALIASES })) ?? "null",
      );
      if (value !== null && value !== undefined) documents.push({ value, lineOf });
    } catch (error) {
      const why =
        error instanceof TypeError
          ? "something contains itself"
          : error instanceof Error
            ? error.message
            : error;
      const message = `cannot be unfolded (at most ${MAX_ALIASES} aliases): ${why}`;
      problems.push({ file: file.path, line: lineOf([]), message });
    }
  }
  return problems.length > 0 ? { documents: [], problems } : { documents, problems };
}

function collect(
  file: string,
  { value, lineOf }: YamlDocument,
  at: FieldPath,
  objects: ManifestObject[],
  problems: Problem[],
): void {
  const problem = (message: string, field?: string) =>
    problems.push({
      file,
      line: lineOf([...at, ...(field?.split(".") ?? [])]),
      ...(field && { field }),
      message,
    });
  if (!isRecord(value)) {
    problem("is not a Kubernetes object: it must be a mapping with apiVersion, kind and metadata");
    return;
  }
  if (typeof value["kind"] === "string" && value["kind"].endsWith("List") && Array.isArray(value["items"])) {
    value["items"].forEach((item: unknown, index) => {
      collect(file, { value: item, lineOf }, [...at, "items", index], objects, problems);
    });
    return;
  }
  const missing = (["apiVersion", "kind"] as const).filter((field) => typeof value[field] !== "string");
  for (const field of missing) problem(`must be a text, not ${JSON.stringify(value[field])}`, field);
  const name = isRecord(value["metadata"]) ? value["metadata"]["name"] : undefined;
  if (typeof name !== "string") problem(`must be a text, not ${JSON.stringify(name)}`, "metadata.name");
  if (missing.length > 0 || typeof name !== "string") return;
  // apiVersion, kind and metadata.name were checked above: the rest of the view is optional.
  objects.push({ file, object: value as unknown as KubeObject, lineOf: (path) => lineOf([...at, ...path]) });
}

/** Where the deepest node on `path` begins. A key rather than its value, so that a missing value has a place too. */
function offsetOf(document: Document.Parsed, path: FieldPath): number {
  let offset = document.contents?.range[0] ?? document.range[0];
  for (let depth = 1; depth <= path.length; depth++) {
    const parent = document.getIn(path.slice(0, depth - 1), true);
    const last = path[depth - 1];
    const pair = isMap<ParsedNode>(parent)
      ? parent.items.find(({ key }) => "value" in key && key.value === last)
      : undefined;
    const node = pair?.key ?? document.getIn(path.slice(0, depth), true);
    if (!isNode(node) || !node.range) return offset;
    offset = node.range[0];
  }
  return offset;
}

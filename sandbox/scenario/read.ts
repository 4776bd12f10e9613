/** Text of a scenario file -> scenario, or every problem in it with its line. */
import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type * as z from "zod";
import { RUNNER_PARAMS, type ScenarioFile, scenario } from "./schema.ts";

export type Reading =
  | { readonly ok: true; readonly scenario: ScenarioFile }
  | { readonly ok: false; readonly problems: readonly string[] };

interface Located {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Set when the key itself is wrong, not its value. */
  readonly key?: string;
}

/** Reads `source`; `file` is the name that problems are reported under, as `file:line: field message`. */
export function readScenario(source: string, file: string): Reading {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    return {
      ok: false,
      problems: document.errors.map(
        (error) => `${file}:${error.linePos?.[0].line ?? 1}: ${firstLine(error.message)}`,
      ),
    };
  }
  const value: unknown = document.toJS();
  const result = scenario.safeParse(value);
  const located = [
    ...(result.success ? [] : result.error.issues.flatMap((issue) => locate(issue, value))),
    ...reservedParams(value),
  ];
  if (result.success && located.length === 0) return { ok: true, scenario: result.data };
  const problems = located.map((problem) => {
    const offset = offsetOf(document.contents, problem);
    return { line: lines.linePos(offset).line, problem };
  });
  problems.sort((one, other) => one.line - other.line);
  return {
    ok: false,
    problems: problems.map(
      ({ line, problem }) =>
        `${file}:${line}: ${[...problem.path, ...(problem.key === undefined ? [] : [problem.key])].map(String).join(".") || "the file"} ${problem.message}`,
    ),
  };
}

/** An issue of zod as problems with a place; of a union, the issues of the form that was meant. */
function locate(issue: z.core.$ZodIssue, value: unknown): readonly Located[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: issue.path, key, message: issue.message }));
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const wantsMapping = isMapping(valueAt(value, issue.path));
    const meant =
      issue.errors.find((branch) => branch.some((one) => one.path.length > 0)) ?? issue.errors[0] ?? [];
    const branch = wantsMapping ? meant : (issue.errors[0] ?? []);
    return branch.flatMap((one) => locate({ ...one, path: [...issue.path, ...one.path] }, value));
  }
  return [{ path: issue.path, message: issue.message }];
}

function reservedParams(value: unknown): readonly Located[] {
  const params = valueAt(value, ["params"]);
  if (!isMapping(params)) return [];
  return RUNNER_PARAMS.filter((name) => name in params).map((name) => ({
    path: ["params"],
    key: name,
    message: "is set by the runner and must not be set here",
  }));
}

/** Where in the text the path leads; the nearest node that exists when the path goes further than the text. */
function offsetOf(root: Node | null, problem: Located): number {
  let node: Node | null = root;
  let offset = root?.range?.[0] ?? 0;
  for (const part of [...problem.path, ...(problem.key === undefined ? [] : [problem.key])]) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (pair === undefined) break;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      next = pair.value;
    } else if (isSeq(node)) {
      next = node.items[Number(part)];
      if (isNode(next)) offset = next.range?.[0] ?? offset;
    }
    if (!isNode(next)) break;
    node = next;
  }
  return offset;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, part) => (isMapping(at) ? at[String(part)] : Array.isArray(at) ? at[Number(part)] : undefined),
    value,
  );
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Without the place, which stands before it already. */
function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? message).replace(/ at line \d+, column \d+:$/, "");
}

/**
 * Works around a looseness of the grammar: it reads `a / b offset 5m` as `(a / b) offset 5m`, where Prometheus gives the
 * range or offset to the selector right before it.
 */
import type { SyntaxNode, Tree } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";

const POSTFIXED: ReadonlySet<string> = new Set(["MatrixSelector", "OffsetExpr"]);
const PREFIXED: ReadonlySet<string> = new Set(["BinaryExpr", "UnaryExpr"]);

export interface Parsed {
  readonly query: string;
  readonly tree: Tree;
}

/** The tree of `query`, and the text it belongs to: the same query, with such selectors in parentheses. */
export function parseTightly(query: string): Parsed {
  const tree = parser.parse(query);
  const loose = hasError(tree) ? undefined : looseSelector(tree);
  if (loose === undefined) return { query, tree };
  const { from, to } = loose;
  return parseTightly(`${query.slice(0, from)}(${query.slice(from, to)})${query.slice(to)}`);
}

function hasError(tree: Tree): boolean {
  let found = false;
  tree.iterate({
    enter({ type }) {
      found ||= type.isError;
    },
  });
  return found;
}

/** The range of the first selector, with its range and offset, that the grammar tore apart. */
function looseSelector(tree: Tree): { readonly from: number; readonly to: number } | undefined {
  let found: { readonly from: number; readonly to: number } | undefined;
  tree.iterate({
    enter({ node }) {
      if (found !== undefined || !POSTFIXED.has(node.name)) return;
      const inner = descend(node, POSTFIXED, "firstChild");
      const last = descend(inner, PREFIXED, "lastChild");
      if (last !== inner && last?.name === "VectorSelector") found = { from: last.from, to: node.to };
    },
  });
  return found;
}

function descend(
  start: SyntaxNode | null,
  through: ReadonlySet<string>,
  to: "firstChild" | "lastChild",
): SyntaxNode | null {
  let node = start;
  while (node !== null && through.has(node.name)) node = node[to];
  return node;
}

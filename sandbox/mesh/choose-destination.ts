/** Which destination a request goes to, by a VirtualService's rules. Pure: randomness comes in. */
import type { Destination, RouteMatch, RouteRule } from "./istio-objects.ts";

export interface RoutableRequest {
  /** As in the request line, the query included. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export interface Choice {
  readonly rule: RouteRule;
  /** Undefined when every weight of the rule is zero. */
  readonly destination: Destination | undefined;
  /** The path to ask the destination for. */
  readonly path: string;
}

/**
 * The first rule that matches, and one of its destinations, drawn by relative weight with one number of `random` (in
 * [0, 1)). A sole destination gets everything, whatever its weight. Undefined when no rule matches.
 */
export function chooseDestination(
  rules: readonly RouteRule[],
  request: RoutableRequest,
  random: () => number,
): Choice | undefined {
  for (const rule of rules) {
    const matched = firstMatch(rule, request);
    if (matched === undefined) continue;
    return { rule, destination: draw(rule.route, random), path: rewrite(rule, matched, request.path) };
  }
  return undefined;
}

/** A rule without conditions matches everything. */
function firstMatch(rule: RouteRule, request: RoutableRequest): RouteMatch | undefined {
  if (rule.match === undefined || rule.match.length === 0) return {};
  return rule.match.find((match) => matches(match, request));
}

function matches({ uri, headers = {} }: RouteMatch, request: RoutableRequest): boolean {
  const path = withoutQuery(request.path);
  if (uri !== undefined && !("exact" in uri ? path === uri.exact : path.startsWith(uri.prefix))) return false;
  return Object.entries(headers).every(
    ([name, { exact }]) => [request.headers[name.toLowerCase()]].flat().join(",") === exact,
  );
}

/** The matched part of the path is replaced; without a condition on the path that is its leading slash. */
function rewrite(rule: RouteRule, { uri }: RouteMatch, path: string): string {
  if (rule.rewrite === undefined) return path;
  const matched = uri === undefined ? "/" : "exact" in uri ? uri.exact : uri.prefix;
  return rule.rewrite.uri + path.slice(matched.length);
}

function draw(routes: RouteRule["route"], random: () => number): Destination | undefined {
  const [sole, ...more] = routes;
  if (more.length === 0) return sole?.destination;
  const total = routes.reduce((sum, { weight = 0 }) => sum + weight, 0);
  let left = random() * total;
  for (const { destination, weight = 0 } of routes) {
    left -= weight;
    if (left < 0) return destination;
  }
  return undefined;
}

function withoutQuery(path: string): string {
  const [bare = ""] = path.split("?", 1);
  return bare;
}

/** `$(name)` in texts: Tekton's variables, and the kubelet's expansion of environment variables. */

export type Variables = ReadonlyMap<string, string>;

const VARIABLE = /\$\(([^()\s]+)\)/g;
const TEKTON_NAME = /^(params|context|tasks|finally|results|workspaces|steps|step)[.[]/;

/** The names of Tekton's variables in `text`, in order. */
export function references(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(([, name = ""]) => plainName(name)).filter(isTektonName);
}

/**
 * Puts in every variable that is known, in one pass, so that a value never is read as a template.
 * A Tekton variable that is not known is kept; anything else in `$()` is the kubelet's.
 */
export function substitute(text: string, variables: Variables): string {
  return text.replace(VARIABLE, (whole, name: string) => variables.get(plainName(name)) ?? whole);
}

/** Like `substitute`, but throws on a Tekton variable that is not known; `where` names the field. */
export function substituteAll(text: string, variables: Variables, where: string): string {
  const unknown = references(text).find((name) => !variables.has(name));
  if (unknown !== undefined) throw new Error(`${where}: nothing is known as $(${unknown})`);
  return substitute(text, variables);
}

/** What the kubelet makes of a command, an argument or a value: `$(NAME)` of the environment, `$$(` for a plain `$(`. */
export function expand(text: string, environment: Variables): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (whole, name: string | undefined) =>
    name === undefined ? "$" : (environment.get(name) ?? whole),
  );
}

function isTektonName(name: string): boolean {
  return TEKTON_NAME.test(name) || name === "tasks.status";
}

/** `params["x"]` and `params['x']` are other ways to write `params.x`. */
function plainName(name: string): string {
  return name.replace(/\[(["'])([^\]]*)\1\]/g, ".$2");
}

/**
 * Where the paths of a pod are on this machine. A TaskRun has one folder instead of containers, and the paths that a
 * step's YAML spells out are rewritten to point into it. Values of params are data and never rewritten.
 */
import type { TaskSpec } from "./manifest.ts";

export interface Place {
  /** The path in the YAML. */
  readonly path: string;
  /** The path on this machine. */
  readonly real: string;
}

/** The folder of the results. */
export function resultsFolder(root: string): string {
  return `${root}/results`;
}

/** `HOME` of every step. */
export function homeFolder(root: string): string {
  return `${root}/home`;
}

/** The folder of the volume `name`. */
export function volumeFolder(root: string, name: string): string {
  return `${root}/volumes/${name}`;
}

/** The folder of the workspace `name`. */
export function workspaceFolder(root: string, name: string): string {
  return `${root}/workspace/${name}`;
}

/** The places of one step; where one lies in another the inner one comes first. */
export function placesOf(
  root: string,
  task: TaskSpec,
  mounts: readonly { readonly name: string; readonly mountPath: string }[],
): Place[] {
  const places = [
    { path: "/tekton/results", real: resultsFolder(root) },
    { path: "/tekton/home", real: homeFolder(root) },
    { path: "/workspace", real: `${root}/workspace` },
    ...task.workspaces.flatMap(({ name, mountPath }) =>
      mountPath === undefined ? [] : [{ path: mountPath, real: workspaceFolder(root, name) }],
    ),
    ...mounts.map(({ name, mountPath }) => ({ path: mountPath, real: volumeFolder(root, name) })),
  ];
  return places
    .map(({ path, real }) => ({ path: path.replace(/\/+$/, ""), real }))
    .sort((a, b) => b.path.length - a.path.length);
}

/** `text` with each place's path replaced where it stands as a path: alone, or after `=`, `:`, `,`, `;`, a space or a quote. */
export function relocate(text: string, places: readonly Place[]): string {
  return text.replace(/(^|[=:,;'"\s])(\/[^=:,;'"\s]*)/g, (whole, before: string, path: string) => {
    const place = places.find((each) => path === each.path || path.startsWith(`${each.path}/`));
    return place === undefined ? whole : `${before}${place.real}${path.slice(place.path.length)}`;
  });
}

/** The bundle that a command or argument names (`/app/<program>.mjs`), or undefined when it names none. */
export function bundlePath(text: string, bundles: string): string | undefined {
  const program = programOf([text]);
  return program === undefined ? undefined : `${bundles}/${program}.mjs`;
}

/** The program that a command line runs, or undefined when it is none of our bundles. */
export function programOf(commandLine: readonly string[]): string | undefined {
  return commandLine
    .map((part) => /^\/app\/([\w-]+)\.mjs$/.exec(part)?.[1])
    .find((name) => name !== undefined);
}

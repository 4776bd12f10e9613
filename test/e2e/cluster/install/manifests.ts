/** Turns the manifests of a source tree into those of a release: names of images, versions, quicker probes. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { imageName } from "../images/names.ts";

/** YAML texts as one stream. Not every file ends in a line's end, nor begins with a separator. */
export function stream(texts: readonly string[]): string {
  return texts.map((text) => `---\n${text.trimEnd()}\n`).join("");
}

/** The same of objects, in their order; JSON is YAML. */
export function objectStream(objects: readonly object[]): string {
  return stream(objects.map((object) => JSON.stringify(object)));
}

/** A manifest of a Tekton project as its release would have it, but with our images and probes that look every second. */
export function released(
  text: string,
  project: "pipelines" | "triggers" | "dashboard",
  version: string,
): string {
  return text
    .replace(/ko:\/\/github\.com\/tektoncd\/[a-z]+\/cmd\/([a-z]+)/g, (_, program: string) =>
      imageName(`${project}-${program}`),
    )
    .replace(/\b(version|release): "?devel"?$/gm, `$1: "${version}"`)
    .replace(/^(\s*)- \/sbin\/tini\n\s*- --\n\s*- \/ko-app\/resolvers$/gm, "$1- /ko-app/resolvers")
    .replace(/\b(initialDelaySeconds: 5|periodSeconds: 10)$/gm, (field) => field.replace(/\d+$/, "1"));
}

const NO_VALUE = /^\s*- --([a-z-]+)=--[a-z-]+$/;

/** What the Dashboard's release script fills in; what it would leave empty keeps its default. */
export function dashboardRelease(text: string, version: string, clusterIp: string): string {
  const lines = released(text, "dashboard", version)
    .replace(/\bdashboardImage$/gm, imageName("dashboard"))
    .replace(/^ {2}ports:$/m, `  clusterIP: ${clusterIp}\n  ports:`)
    .split("\n");
  const values: Readonly<Record<string, string>> = {
    "pipelines-namespace": "tekton-pipelines",
    "triggers-namespace": "tekton-pipelines",
    "read-only": "true",
    "stream-logs": "true",
  };
  return lines
    .flatMap((line) => {
      const name = NO_VALUE.exec(line)?.[1];
      if (name === undefined) return [line];
      const value = values[name];
      return value === undefined ? [] : [line.replace(/=.*$/, `=${value}`)];
    })
    .join("\n");
}

/** The YAML files of a folder by name, without those that `without` fits. Not of folders in it. */
export async function manifests(folder: string, without: RegExp = /^$/): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(".yaml"))
    .map(({ name }) => name);
  const wanted = names.filter((name) => !without.test(name)).sort();
  return Promise.all(wanted.map((name) => readFile(join(folder, name), "utf8")));
}

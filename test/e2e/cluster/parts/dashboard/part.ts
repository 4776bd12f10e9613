/** Tekton Dashboard: its server, and the pages that it serves. */
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Artefact } from "../../artefacts/artefact.ts";
import { goEnvironment, goPrograms, makeWritable } from "../../artefacts/go-programs.ts";
import { run } from "../../command.ts";
import { sources } from "../part.ts";

export const DASHBOARD_VERSION = "v0.69.0";
const MODULE = "github.com/tektoncd/dashboard";

/** The server, and the manifests in `manifests`. */
export const dashboardProgram = (root: string): Artefact =>
  goPrograms({
    name: "dashboard",
    folder: sources(root, "dashboard"),
    programs: { dashboard: `${MODULE}/cmd/dashboard` },
    copies: [[MODULE, "config", "manifests"]],
  });

/** The pages in `pages`: the module has their sources, with a lockfile of their own. */
export function dashboardPages(root: string): Artefact {
  const folder = sources(root, "dashboard");
  return {
    name: "dashboard-pages",
    kind: "fetch",
    needs: [],
    pins: DASHBOARD_VERSION,
    async make(into, { cache, log }) {
      const go = { cwd: folder, env: goEnvironment(cache), log, bound: true };
      const answer = await run("go", ["mod", "download", "-json", MODULE], go);
      const { Dir } = JSON.parse(answer) as { Dir: string };
      const source = join(into, "source");
      await cp(Dir, source, { recursive: true });
      await makeWritable(source);
      const env = { ...process.env, npm_config_cache: join(cache, "npm") };
      const npm = { cwd: source, env, log, bound: true };
      await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], npm);
      await run("npm", ["run", "build"], npm);
      await rename(join(source, "cmd/dashboard/kodata"), join(into, "pages"));
      await rm(source, { recursive: true });
    },
  };
}

/** A place whose scenarios leave pictures behind: the Dashboard's page of the last run of each outcome. */
import { join } from "node:path";
import type { Place } from "../../../sandbox/scenario/world.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";
import { photograph, type Shot } from "./dashboard.ts";
import { endsOf, LOOP } from "./ends.ts";

/** Both of the tutorial. */
const OUTCOMES = ["rolled-back", "promoted"] as const;
const LIST_LIMIT_MS = 10_000;

export interface Album {
  /** Base URL of the Dashboard. */
  readonly dashboard: string;
  /** Where the runs are. */
  readonly pipelines: string;
  /** Gets `dashboard-<outcome>.png`. */
  readonly folder: string;
  readonly tell: (text: string) => void;
  readonly take?: (shot: Shot) => Promise<void>;
}

/** The same place. Pictures are taken when all runs are over and nothing is removed yet; one that fails is a problem. */
export function withPictures(place: Place, album: Album): Place {
  return {
    ...place,
    async start(setting, folder, listeners) {
      const world = await place.start(setting, folder, listeners);
      return {
        ...world,
        async told() {
          await world.told();
          for (const { namespace } of setting.releases) {
            const problems = await takeBoth(album, namespace).catch((error) => [
              `no picture: ${error.message}`,
            ]);
            for (const problem of problems) listeners.problem(problem);
          }
        },
      };
    },
  };
}

/** Gives what there is no picture of. */
async function takeBoth(album: Album, app: string): Promise<readonly string[]> {
  const { dashboard, pipelines: namespace, folder, tell, take = photograph } = album;
  const ends = endsOf(await loops(dashboard, namespace), app);
  const missing: string[] = [];
  for (const outcome of OUTCOMES) {
    const end = ends.findLast((one) => one.outcome === outcome);
    if (end === undefined) {
      missing.push(`no picture: no run ended ${outcome}`);
      continue;
    }
    const { pipelineRun, sentence: lastLine } = end;
    const file = join(folder, `dashboard-${outcome}.png`);
    await take({ dashboard, namespace, pipelineRun, pipelineTask: LOOP, step: LOOP, lastLine, file });
    tell(`${file}: ${pipelineRun}`);
  }
  return missing;
}

/** The TaskRuns of the loops; the Dashboard hands such questions on to the API. */
async function loops(dashboard: string, namespace: string): Promise<readonly KubeObject[]> {
  const where = `/apis/tekton.dev/v1/namespaces/${namespace}/taskruns`;
  const url = `${dashboard}${where}?labelSelector=tekton.dev/pipelineTask=${LOOP}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(LIST_LIMIT_MS) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return ((await response.json()) as { readonly items: readonly KubeObject[] }).items;
}

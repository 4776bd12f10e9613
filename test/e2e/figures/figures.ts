/** Measures while scenarios are played on a cluster, and tells all of it at the end. */
import { readFileSync, statSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import type { ScenarioResult } from "../../../sandbox/scenario/run.ts";
import { type ScenarioFile, subjects } from "../../../sandbox/scenario/schema.ts";
import type { Sighting } from "../../../sandbox/scenario/sightings.ts";
import type { Stage } from "../../../sandbox/scenario/stage.ts";
import { PIPELINE_NAMESPACE } from "../../../sandbox/world/install.ts";
import { auditLog } from "../cluster/parts/kubernetes/kube-apiserver.ts";
import { readEntries } from "./audit.ts";
import type { Sent } from "./first-request.ts";
import { type ImageSize, type Machine, markdown } from "./markdown.ts";
import { NOTHING, observationsOf, together } from "./observations.ts";
import { cgroupMemory, type Sampler, startSampler } from "./sampler.ts";

/** Name of the block that the figures are written into. */
export const BLOCK = "e2e figures";

export interface Figures {
  /** For one playing of a scenario; several may be played side by side. */
  of(file: ScenarioFile): Measuring;
  /** All figures so far. */
  markdown(images: readonly ImageSize[]): string;
}

export interface Measuring {
  /** Begins to measure: `watch` of the scenario's RunOptions. */
  watch(stage: Pick<Stage, "onlooker" | "world">): void;
  /** Ends it, and takes in what came of the scenario. Without a world there is nothing to take in. */
  note(result: Pick<ScenarioResult, "sightings">): Promise<void>;
}

/** What is read while a scenario is played. */
interface Watching {
  readonly deliveries: readonly Sent[];
  readonly sampler: Sampler;
  /** Bytes of the audit log before the scenario. */
  readonly auditFrom: number;
}

/** `logs`: the cluster's folder of logs; `parallel`: how many scenarios are played side by side. */
export function createFigures({
  logs,
  parallel,
}: {
  readonly logs: string;
  readonly parallel: number;
}): Figures {
  const audit = auditLog(logs);
  const read = cgroupMemory(readFileSync("/proc/mounts", "utf8"));
  let observed = NOTHING;
  let scenarios = 0;

  async function take(file: ScenarioFile, sightings: readonly Sighting[], watching: Watching): Promise<void> {
    const { deliveries, sampler, auditFrom } = watching;
    const samples = await sampler.stop();
    const entries = await readEntries(audit, auditFrom);
    const services = subjects(file).map(({ service, namespace, traffic }) => ({
      service,
      namespace,
      rate: traffic?.rate ?? 0,
    }));
    const { images } = file;
    const found = observationsOf({ sightings, deliveries, services, images, entries, samples });
    observed = together(observed, found);
    scenarios += 1;
  }

  return {
    of(file) {
      let watching: Watching | undefined;
      return {
        watch({ onlooker, world }) {
          watching = {
            deliveries: world.forge.deliveries,
            auditFrom: statSync(audit, { throwIfNoEntry: false })?.size ?? 0,
            sampler: startSampler({ pods: () => runningPods(onlooker), read }),
          };
        },
        async note({ sightings }) {
          if (watching !== undefined) await take(file, sightings, watching);
        },
      };
    },
    markdown: (images) => markdown({ machine: thisMachine(), parallel, images, scenarios, observed }),
  };
}

/** Uids of the pods of tasks that are not over. */
function runningPods({ view }: Stage["onlooker"]): readonly string[] {
  return view
    .list("Pod", PIPELINE_NAMESPACE)
    .filter(({ metadata }) => metadata.labels?.["tekton.dev/pipelineTask"] !== undefined)
    .filter(({ status }) => status?.phase !== "Succeeded" && status?.phase !== "Failed")
    .flatMap(({ metadata }) => (metadata.uid === undefined ? [] : [metadata.uid]));
}

function thisMachine(): Machine {
  return { cores: cpus().length, memory: totalmem(), kernel: release() };
}

/** Tells a scenario live in the terminal: what is pushed, the experiments, and what the users see meanwhile. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { Experiment } from "../scenario/frame.ts";
import { failed, NOBODY, quantile } from "../scenario/record.ts";
import type { ReplySeen, Sighting } from "../scenario/sightings.ts";
import type { Stage } from "../scenario/stage.ts";
import type { Colours } from "../scenario/terminal.ts";
import { experimentsTable } from "./experiments-table.ts";

export interface Narrator {
  watch(stage: Stage): void;
  /** Something that happened, as a line of its own. */
  tell(text: string): void;
}

/** Several changes in such a time are one. */
const SETTLE_MS = 200;
/** The users' recent past. */
const RECENT_MS = 2000;

export function narrator(clock: Clock, paint: Colours, print: (line: string) => void): Narrator {
  let table = "";
  let pending = false;
  let pushedAt = clock.now();
  const time = () => paint.dim(`${((clock.now() - pushedAt) / 1000).toFixed(1).padStart(6)} s  `);

  function showTable(stage: Stage, replies: readonly ReplySeen[]): void {
    pending = false;
    const experiments = stage.subjects.flatMap(({ namespace }) =>
      stage.onlooker.view.list("Experiment", namespace).map((one): Experiment => one),
    );
    const lines = experimentsTable(experiments);
    if (experiments.length === 0 || lines.join() === table) return;
    table = lines.join();
    print("");
    print(`${time()}${paint.dim("users saw")} ${usersSaw(replies)}`);
    for (const [index, line] of lines.entries()) print(`  ${index === 0 ? paint.bold(line) : line}`);
  }

  function see(stage: Stage, sighting: Sighting, replies: readonly ReplySeen[]): void {
    if (sighting.kind !== "object" || sighting.staged) return;
    const { change, object } = sighting;
    const { name, labels } = object.metadata;
    if (object.kind === "Experiment" && !pending) {
      pending = true;
      void clock.sleep(SETTLE_MS).then(() => showTable(stage, replies));
    }
    if (change === "ADDED" && object.kind === "PipelineRun") {
      const commit = labels?.["tekton-canary/revision"]?.slice(0, 7);
      print(`${time()}the webhook ${commit === undefined ? "" : `for ${commit} `}starts PipelineRun ${name}`);
    }
    if (change === "ADDED" && object.kind === "Deployment") print(`${time()}Deployment ${name} is applied`);
    if (change === "DELETED" && object.kind === "Deployment") print(`${time()}Deployment ${name} is removed`);
  }

  return {
    tell(text) {
      if (text.startsWith("push ")) {
        pushedAt = clock.now();
        print("");
        print(paint.bold(`$ git push    ${text.slice("push ".length)}`));
      } else print(`${time()}${text}`);
    },
    watch(stage) {
      let replies: ReplySeen[] = [];
      stage.onlooker.listen((sighting) => {
        if (sighting.kind === "reply") {
          replies.push(sighting);
          const recent = clock.now() - RECENT_MS;
          if ((replies[0]?.at ?? recent) < recent - RECENT_MS)
            replies = replies.filter(({ at }) => at >= recent);
        }
        see(stage, sighting, replies);
      });
    },
  };

  function usersSaw(replies: readonly ReplySeen[]): string {
    const recent = replies.filter(({ at }) => at >= clock.now() - RECENT_MS);
    const versions = [...new Set(recent.map(({ deployment }) => deployment ?? NOBODY))].sort();
    if (versions.length === 0) return "nothing";
    return versions
      .map((version) => {
        const own = recent.filter(({ deployment }) => (deployment ?? NOBODY) === version);
        const took = own.map(({ at, sentAt }) => at - sentAt).sort((one, other) => one - other);
        const errors = own.filter(failed).length;
        const rate = (own.length / (RECENT_MS / 1000)).toFixed(0);
        const shown = `${version}: ${rate}/s, ${Math.round(quantile(took, 0.5))} ms, ${errors} failed`;
        return errors > 0 ? paint.red(shown) : shown;
      })
      .join("   ");
  }
}

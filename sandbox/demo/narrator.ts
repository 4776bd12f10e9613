/** Tells a scenario live in the terminal: what is pushed, the experiment, and what the users see meanwhile. */
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { Experiment } from "../scenario/frame.ts";
import { failed, NOBODY, quantile } from "../scenario/record.ts";
import type { ReplySeen, Sighting } from "../scenario/sightings.ts";
import type { Stage } from "../scenario/stage.ts";
import type { Colours } from "../scenario/terminal.ts";
import { readEvidence } from "./evidence-reading.ts";
import { experimentsTable } from "./experiments-table.ts";
import { decisionLines, oddsLine } from "./odds-line.ts";

export interface Narrator {
  watch(stage: Pick<Stage, "onlooker">): void;
  /** Something that happened, as a line of its own. */
  tell(text: string): void;
}

/** Several changes in such a time are one. */
const SETTLE_MS = 200;
/** The users' recent past. */
const RECENT_MS = 2000;
/** How often the odds are told. */
const ODDS_MS = 1900;

/** As wide as a time. */
const BLANK = " ".repeat(10);

export function narrator(clock: Clock, paint: Colours, print: (line: string) => void): Narrator {
  /** What was told last of each experiment, by name. */
  const told = new Map<string, { readonly split: string; readonly message: string }>();
  const changed = new Map<string, Experiment>();
  /** By name: when odds were told last; and whose evidence has decided. */
  const oddsAt = new Map<string, number>();
  const decided = new Set<string>();
  let pushedAt = clock.now();
  const time = () => paint.dim(`${((clock.now() - pushedAt) / 1000).toFixed(1).padStart(6)} s  `);

  /** The whole row when phase or split have changed, else the odds, or the message alone; nothing when neither has. */
  function showChanges(replies: readonly ReplySeen[]): void {
    for (const one of changed.values()) showDecision(one);
    const news = [...changed.values()].filter(({ metadata, status }) => {
      const before = told.get(metadata.name);
      return before?.split !== splitOf(status) || before.message !== status?.message;
    });
    changed.clear();
    const rows = news.filter(({ metadata, status }) => told.get(metadata.name)?.split !== splitOf(status));
    for (const { metadata, status } of news) {
      told.set(metadata.name, { split: splitOf(status), message: status?.message ?? "" });
    }
    if (rows.length > 0) {
      print("");
      print(`${time()}${paint.dim("users see")} ${usersSee(replies)}`);
      for (const [index, line] of experimentsTable(rows).entries())
        print(`  ${index === 0 ? paint.bold(line) : line}`);
      if (rows.some(isWaiting)) print(`${BLANK}${paint.dim("Nothing counts until the mesh has followed.")}`);
    } else if (news.length > 0 && !showOdds(news, replies)) {
      const messages = news.map(({ status }) => String(status?.message).replace(/^\w+: /, ""));
      print(`${time()}${paint.dim("users see")} ${usersSee(replies)}   ${paint.dim(messages.join(", "))}`);
    }
  }

  function showDecision(experiment: Experiment): void {
    const { name } = experiment.metadata;
    const reading = decided.has(name) ? undefined : readEvidence(experiment);
    const [text, ...more] = reading === undefined ? [] : decisionLines(reading, name);
    if (text === undefined) return;
    decided.add(name);
    const tone = reading?.decided === "for" ? paint.green : paint.red;
    print("");
    print(`${time()}${tone(text)}`);
    for (const line of more) print(`${BLANK}${paint.dim(line)}`);
  }

  /** False for Experiments that weigh no evidence. */
  function showOdds(experiments: readonly Experiment[], replies: readonly ReplySeen[]): boolean {
    const weighing = experiments.filter((one) => readEvidence(one) !== undefined);
    for (const one of weighing) {
      const { name } = one.metadata;
      const odds = readEvidence(one)?.odds;
      const soon = clock.now() - (oddsAt.get(name) ?? 0) < ODDS_MS;
      if (odds === undefined || soon || decided.has(name)) continue;
      oddsAt.set(name, clock.now());
      print(`${time()}${oddsLine(odds, paint)} ${usersSee(replies, name)}`);
    }
    return weighing.length > 0;
  }

  function see(sighting: Sighting, replies: readonly ReplySeen[]): void {
    if (sighting.kind !== "object" || sighting.staged) return;
    const { change, object } = sighting;
    const { name, labels } = object.metadata;
    if (object.kind === "Experiment" && change !== "DELETED") {
      if (changed.size === 0) void clock.sleep(SETTLE_MS).then(() => showChanges(replies));
      changed.set(name, object);
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
      const replies: ReplySeen[] = [];
      stage.onlooker.listen((sighting) => {
        if (sighting.kind === "reply") {
          replies.push(sighting);
          while ((replies[0]?.at ?? Number.POSITIVE_INFINITY) < clock.now() - 2 * RECENT_MS) replies.shift();
        }
        see(sighting, replies);
      });
    },
  };

  /** Of all versions, or of one. */
  function usersSee(replies: readonly ReplySeen[], only?: string): string {
    const recent = replies.filter(
      ({ at, deployment }) => at >= clock.now() - RECENT_MS && (only === undefined || deployment === only),
    );
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

/** A new weight of which nothing has been counted yet. */
function isWaiting(experiment: Experiment): boolean {
  const reading = readEvidence(experiment);
  const weight = experiment.status?.trafficSplitPercentage?.candidate ?? 0;
  return reading !== undefined && reading.decided === undefined && weight > 0;
}

function splitOf(status: Experiment["status"]): string {
  const { baseline, candidate } = status?.trafficSplitPercentage ?? {};
  return `${status?.phase} ${baseline}/${candidate}`;
}

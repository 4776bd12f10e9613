/** Which scenarios can be played on a real cluster; the others are skipped by name, with the reason. */
import { type ScenarioFile, subjects } from "../../../sandbox/scenario/schema.ts";

/** What is done to the sandbox's own API server, Prometheus, processes and answered writes. */
const OF_SANDBOX = ["kill", "terminate", "metrics", "api"] as const;
/** Rules do not hold for what somebody else writes to an app, and the API does not say whose write a change was. */
const TOLD_APART = ["weights", "action", "delete", "scale"] as const;

/** Undefined when it can be played. */
export function whyNot(file: ScenarioFile): string | undefined {
  if (subjects(file).length > 1) return "it releases several services";
  if ("iter8/pipeline.prop" in file.repository) return "its load goes to the sandbox's gateway";
  if (file.traffic?.through !== undefined) return "its users come through a route of their own";
  const { service } = subjects(file)[0] ?? {};
  if (!file.cluster.some(({ kind, metadata }) => kind === "Service" && metadata.name === service))
    return "its first push brings the Service that its users call";
  const events = file.steps.flatMap((step) => step.events);
  const act = OF_SANDBOX.find((name) => events.some((one) => one.do[name] !== undefined));
  if (act !== undefined) return `only the sandbox can do ${act}`;
  const write = TOLD_APART.find((name) => events.some((one) => one.do[name] !== undefined));
  if (write !== undefined) return `only the sandbox tells its ${write} from the pipeline's writes`;
  if (events.some(({ when }) => when.write !== undefined)) return "only the sandbox sees the loop's writes";
  return undefined;
}

/**
 * The file as a cluster without an image registry needs it: images that were imported are there, but an explicit Always
 * asks a registry for them.
 */
export function withImportedImages(source: string): string {
  return source.replaceAll("imagePullPolicy: Always", "imagePullPolicy: IfNotPresent");
}

/** The story that the report page tells of a scenario. Pure. */
import type { ScenarioResult } from "../scenario/run.ts";
import { type ScenarioFile, subjects } from "../scenario/schema.ts";
import type { Story } from "./page.ts";
import { releaseOf } from "./timeline.ts";

export function storyOf(file: ScenarioFile, { record, steps, sightings }: ScenarioResult): Story {
  const inSeconds = subjects(file).some(
    ({ params }) => params["metrics-config"] === "iter8config-metrics-seconds",
  );
  return {
    name: file.name,
    description: file.description,
    problems: [...record.violations, ...record.failures],
    releases: steps.map(({ title, frame, findings }) =>
      releaseOf(sightings, frame, findings.record, title, inSeconds ? "s" : "ms"),
    ),
  };
}

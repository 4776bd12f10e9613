/** The form of a rule, and what all rules are told about the scenario. */
import type { ImageBehaviour } from "../schema.ts";
import type { Sighting } from "../sightings.ts";
import type { ServiceName } from "../split.ts";
import type { View } from "../view.ts";

export interface Breach {
  /** ms since the epoch. */
  readonly at: number;
  readonly sentence: string;
}

/** A rule is made anew for each scenario and may remember what it saw. */
export interface Rule {
  /** The view does not hold the sighting yet. */
  before?(sighting: Sighting, view: View): readonly Breach[];
  after?(sighting: Sighting, view: View): readonly Breach[];
  end?(view: View, at: number): readonly Breach[];
}

export interface RuleContext {
  readonly subjects: readonly ServiceName[];
  /** Where the pipeline runs. */
  readonly pipelineNamespace: string;
  readonly images: Readonly<Record<string, ImageBehaviour>>;
  /** ms until the mesh follows a route that was written; a request under way needs as long. */
  readonly graceMs: number;
  /** ms until the mesh hears of an API server that is back. */
  readonly deafMs: number;
  /** Values that must never be seen, by what they are. */
  readonly secrets: Readonly<Record<string, string>>;
}

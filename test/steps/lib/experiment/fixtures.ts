/** Experiments as people push them. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type ReadContext, readExperiment } from "../../../../steps/lib/experiment/read.ts";
import { formatProblem } from "../../../../steps/lib/manifest/problem.ts";

const FOLDER = fileURLToPath(new URL("../../../fixtures/experiments/", import.meta.url));

export const FIXTURES: readonly string[] = readdirSync(FOLDER);

export function fixture(name: string): string {
  return readFileSync(`${FOLDER}${name}`, "utf8");
}

const CONTEXT: ReadContext = {
  namespace: "shop",
  service: "web",
  strategies: ["check_and_increment", "increment_without_check", "sequential"],
};

/** What reading `text` says, problems as the lines of the log. */
export function read(text: string, context: Partial<ReadContext> = {}) {
  const file = { path: "iter8/experiment.yaml", text };
  const { spec, notes, problems } = readExperiment(file, { ...CONTEXT, ...context });
  return { spec, notes, problems: problems.map(formatProblem) };
}

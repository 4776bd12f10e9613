/** What is said: every outcome has its reason and a sentence, and no secret is ever said. */
import type { Experiment } from "../frame.ts";
import type { Sighting } from "../sightings.ts";
import type { Rule, RuleContext } from "./rule.ts";

/** An Experiment's outcome and a terminal commit status say why. */
export function outcomeRule(): Rule {
  return {
    before(sighting) {
      if (sighting.kind === "status" && sighting.description.trim() === "") {
        return [
          {
            at: sighting.at,
            sentence: `commit ${sighting.revision.slice(0, 7)} got a status without a description`,
          },
        ];
      }
      if (sighting.kind !== "object" || sighting.object.kind !== "Experiment") return [];
      const { status, metadata } = sighting.object as Experiment;
      if (status?.outcome === undefined) return [];
      const missing = (["word", "reason", "sentence"] as const).filter((field) => !status.outcome?.[field]);
      return missing.map((field) => ({
        at: sighting.at,
        sentence: `the outcome of Experiment ${metadata.namespace}/${metadata.name} has no ${field}`,
      }));
    },
  };
}

/** No secret, as it is or in base64, in any object but Secrets, in any status, in any line of output. */
export function secretsRule({ secrets }: RuleContext): Rule {
  const needles = Object.entries(secrets)
    .filter(([, value]) => value !== "")
    .flatMap(([name, value]) => [
      { name, needle: value },
      { name, needle: btoa(value) },
    ]);
  const told = new Set<string>();
  return {
    before(sighting) {
      const said = saidBy(sighting);
      if (said === undefined) return [];
      return needles
        .filter(({ needle }) => said.text.includes(needle))
        .filter(({ name }) => !told.has(`${name} ${said.where}`))
        .map(({ name }) => {
          told.add(`${name} ${said.where}`);
          return { at: sighting.at, sentence: `the value of ${name} appeared in ${said.where}` };
        });
    },
  };
}

function saidBy(sighting: Sighting): { readonly where: string; readonly text: string } | undefined {
  switch (sighting.kind) {
    case "object": {
      const { kind, metadata } = sighting.object;
      if (kind === "Secret") return undefined;
      return {
        where: `${kind} ${metadata.namespace}/${metadata.name}`,
        text: JSON.stringify(sighting.object),
      };
    }
    case "status":
      return { where: `a status of commit ${sighting.revision.slice(0, 7)}`, text: sighting.description };
    case "output":
      return { where: `the output of ${sighting.source}`, text: sighting.text };
    case "act":
    case "reply":
      return undefined;
  }
}

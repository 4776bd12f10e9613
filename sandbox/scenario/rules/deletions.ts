/** A Deployment is deleted only when no request can reach it any more, and only if it belonged to a release. */
import { ANNOTATION } from "../../../steps/lib/experiment/names.ts";
import type { Experiment } from "../frame.ts";
import { splitOf } from "../split.ts";
import type { Rule, RuleContext } from "./rule.ts";

export function deletionRule({ subjects }: RuleContext): Rule {
  const versions = new Set<string>();
  return {
    before(sighting, view) {
      if (sighting.kind !== "object" || sighting.staged) return [];
      const { object } = sighting;
      const name = `${object.metadata.namespace}/${object.metadata.name}`;
      if (object.kind === "Experiment") {
        const target = (object as Experiment).spec?.targetService;
        for (const one of [target?.baseline, target?.candidate])
          versions.add(`${object.metadata.namespace}/${one}`);
      }
      if (object.kind !== "Deployment" || sighting.change !== "DELETED") return [];
      const sentences = subjects
        .filter(({ namespace }) => namespace === object.metadata.namespace)
        .map((subject) => splitOf(view, subject)[object.metadata.name] ?? 0)
        .filter((percent) => percent > 0)
        .map((percent) => `Deployment ${name} was deleted while it had ${percent} % of the traffic`);
      if (!versions.has(name) && object.metadata.annotations?.[ANNOTATION.leftOver] === undefined) {
        sentences.push(`Deployment ${name} was deleted although no release found or made it`);
      }
      return sentences.map((sentence) => ({ at: sighting.at, sentence }));
    },
  };
}

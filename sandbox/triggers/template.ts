/** A TriggerTemplate with its params put in. */
import * as z from "zod";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { TemplateSpec } from "./manifest.ts";

const created = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

export interface TemplateInput {
  readonly params: ReadonlyMap<string, string>;
  /** What `$(uid)` becomes. */
  readonly uid: string;
}

/**
 * The objects to create. Params are put into the JSON text, and `$(` in them becomes `$$(`, so that a payload cannot
 * name a variable of the run. Throws on a param that has no value and on text that is no JSON any more.
 */
export function instantiate(
  { resourcetemplates }: TemplateSpec,
  { params, uid }: TemplateInput,
): KubeObject[] {
  return resourcetemplates.map((template) => {
    const text = JSON.stringify(template).replace(
      /\$\((?:tt\.params\.([\w-]+)|uid)\)/g,
      (_, name?: string) => {
        if (name === undefined) return uid;
        const value = params.get(name);
        if (value === undefined) throw new Error(`the param "${name}" of the template has no value`);
        return value.replaceAll("$(", () => "$$(");
      },
    );
    return created.parse(JSON.parse(text)) as KubeObject;
  });
}

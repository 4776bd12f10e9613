/** Whether a manifest's pod template is the one that runs. */
import { ANNOTATION } from "../experiment/names.ts";
import type { Deployment, PodTemplate } from "../ports/kinds.ts";
import { differences } from "./differences.ts";
import { isRecord } from "./plain-data.ts";

/**
 * 16 hex digits that stay the same whatever the order of keys. A hash to notice that a person changed a file, not
 * against forgery (who can push a collision can push anything), so 64 bits of FNV-1a do and no crypto is needed.
 */
export function templateHash(template: PodTemplate): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of canonical(template)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0) ?? 0)) * 0x100000001b3n);
  }
  return hash.toString(16).padStart(16, "0");
}

/**
 * Whether `live` runs the manifest's template: every field that the manifest sets is the same, and so is the hash
 * that we noted if we applied it (a field taken away is a change). What we added ourselves does not count.
 */
export function sameTemplate(manifest: Deployment, live: Deployment): boolean {
  const noted = live.metadata.annotations?.[ANNOTATION.templateHash];
  if (noted !== undefined && noted !== templateHash(manifest.spec.template)) return false;
  const ours = hasOurVersionLabel(live);
  return differences(manifest.spec.template, live.spec.template).every(
    ({ path }) => ours && path.join(".") === "metadata.labels.version",
  );
}

/** Whether the `version` label of its pods was added by us: then it is the beginning of the noted commit. */
function hasOurVersionLabel({ metadata, spec }: Deployment): boolean {
  const revision = metadata.annotations?.[ANNOTATION.revision];
  const version = spec.template.metadata?.labels?.["version"];
  return (
    revision !== undefined && version !== undefined && version.length >= 7 && revision.startsWith(version)
  );
}

/** JSON with sorted keys; null means "not set", as in the API. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, field]) => field !== null && field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`);
  return `{${entries.join(",")}}`;
}

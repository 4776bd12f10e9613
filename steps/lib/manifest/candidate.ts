/** The Deployment that a release applies, made from the manifest's: its name, its version label, our notes on it. */
import { ANNOTATION, LABEL, shortRevision } from "../experiment/names.ts";
import type { Deployment, ObjectMeta } from "../ports/kinds.ts";
import { matchesLabels } from "./labels.ts";
import { templateHash } from "./template.ts";

export interface CandidateContext {
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  /** owner/name of the repository that was pushed to. */
  readonly repository: string;
  readonly revision: string;
  /** The live version, if there is one. */
  readonly baseline: Deployment | undefined;
  /** What exists under the candidate's name already. A selector cannot be changed, so the existing one is kept. */
  readonly existing?: Deployment | undefined;
}

const MAX_NAME = 63;

/**
 * The manifest's name; `<name>-<sha7>` when the live Deployment has that name or was made from a manifest of that
 * name. The name is cut so that all fits in 63 characters; more digits of the commit when the live one has these.
 */
export function candidateName(manifestName: string, live: Deployment | undefined, revision: string): string {
  if (live === undefined) return manifestName;
  const liveNames = [live.metadata.name, live.metadata.annotations?.[ANNOTATION.manifestName]];
  if (!liveNames.includes(manifestName)) return manifestName;
  const named = (digits: string) => {
    const stem = manifestName.slice(0, MAX_NAME - 1 - digits.length).replace(/-+$/, "");
    return `${stem}-${digits}`;
  };
  return firstOther(revision, live.metadata.name, named);
}

/**
 * The Deployment to apply. Pods whose manifest sets no `version` label that differs from the baseline's get
 * `version: <sha7>`, in the selector too. Annotations say repository, commit, the manifest's name and the hash of its
 * template.
 */
export function prepareCandidate(manifest: Deployment, context: CandidateContext): Deployment {
  const { name, namespace, service, repository, revision, baseline, existing } = context;
  const { template, selector } = manifest.spec;
  const version = addedVersion(manifest, baseline, revision);
  const added = version === undefined ? {} : { version };
  const labels = { ...template.metadata?.labels, ...added };
  const kept = existing !== undefined && matchesLabels(existing.spec.selector, labels);
  const ownSelector = { ...selector, matchLabels: { ...selector.matchLabels, ...added } };
  return {
    apiVersion: manifest.apiVersion,
    kind: manifest.kind,
    metadata: {
      ...givenMetadata(manifest.metadata),
      name,
      namespace,
      labels: { ...manifest.metadata.labels, ...added, [LABEL.service]: service },
      annotations: {
        ...manifest.metadata.annotations,
        [ANNOTATION.repository]: repository,
        [ANNOTATION.revision]: revision,
        [ANNOTATION.manifestName]: manifest.metadata.name,
        [ANNOTATION.templateHash]: templateHash(template),
      },
    },
    spec: {
      ...manifest.spec,
      selector: kept ? existing.spec.selector : ownSelector,
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** The version label that the candidate needs beside what its manifest sets, or undefined. */
function addedVersion(
  manifest: Deployment,
  baseline: Deployment | undefined,
  revision: string,
): string | undefined {
  const own = manifest.spec.template.metadata?.labels?.["version"];
  const taken = baseline?.spec.template.metadata?.labels?.["version"];
  if (own !== undefined && own !== taken) return undefined;
  return firstOther(revision, taken, (digits) => digits);
}

/** What `make` gives for sha7, or for the fewest digits more with which it is not `taken`. */
function firstOther(revision: string, taken: string | undefined, make: (digits: string) => string): string {
  for (let length = shortRevision(revision).length; length < revision.length; length++) {
    const made = make(revision.slice(0, length));
    if (made !== taken) return made;
  }
  return make(revision);
}

/** Manifests printed by kubectl carry nulls such as `creationTimestamp: null`. */
function givenMetadata(metadata: ObjectMeta): Partial<ObjectMeta> {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== null));
}

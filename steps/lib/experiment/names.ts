/** Names of what we create, and the labels and annotations that tie it to a run. */

/** Prefix of every label and annotation of ours. */
const PREFIX = "tekton-canary";

export const LABEL = {
  /** The service that is released. On Experiments, ConfigMaps, Deployments and routes of ours. */
  service: `${PREFIX}/service`,
  /** The uid of the PipelineRun that an Experiment belongs to, or that has applied a Deployment. */
  run: `${PREFIX}/run`,
} as const;

export const ANNOTATION = {
  /** owner/name of the repository that was pushed to. */
  repository: `${PREFIX}/repository`,
  /** The commit, 40 hex digits. */
  revision: `${PREFIX}/revision`,
  /** The context of the commit status. */
  statusContext: `${PREFIX}/status-context`,
  /** namespace/name of the PipelineRun. */
  run: `${PREFIX}/run`,
  /** On a Deployment: the name in the manifest that it was made from. */
  manifestName: `${PREFIX}/manifest-name`,
  /** On a Deployment: the hash of the manifest's pod template, without what we added. */
  templateHash: `${PREFIX}/template-hash`,
  /** On a Deployment that had to be left running: why. The next run removes it. */
  leftOver: `${PREFIX}/left-over`,
  /** On an Experiment: the run (namespace/name@revision) that wants this one to end. */
  supersededBy: `${PREFIX}/superseded-by`,
  /** On an Experiment that replaced one of the same name: the old one's outcome in one line. */
  previous: `${PREFIX}/previous`,
  /** On a Lease: the run that holds it and those that wait, as JSON. */
  runs: `${PREFIX}/runs`,
  /** On a user's route: the managed rule's destinations before this release, as JSON. */
  before: `${PREFIX}/before`,
  /** On a DestinationRule: the subsets that we added, as JSON. */
  subsets: `${PREFIX}/subsets`,
} as const;

/** The Lease that serialises releases of one service. */
export function leaseName(service: string): string {
  return `canary-${service}`;
}

/** The ConfigMap with the candidate's objects, exactly as they were checked. */
export function releaseConfigMapName(experiment: string): string {
  return `${experiment}-release`;
}

/** The name that our TriggerTemplate gives to a PipelineRun; any other name means that a person started it. */
export function triggeredRunName(service: string, delivery: string): string {
  return `${service}-${delivery.slice(0, 18)}`;
}

/** A revision as people write it. */
export function shortRevision(revision: string): string {
  return revision.slice(0, 7);
}

const DNS_1123 = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Whether `name` can be a label of a DNS name (RFC 1123): the only names that ever reach a query. */
export function isDnsLabel(name: string): boolean {
  return DNS_1123.test(name);
}

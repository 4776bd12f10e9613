/** What the commit is told about its release. */
import type { CommitStatus } from "../ports/forge.ts";
import { commitState, type Outcome } from "./outcome.ts";

/** The status of a release that has begun. */
export function pendingStatus(service: string, context: string, targetUrl: string | undefined): CommitStatus {
  return {
    state: "pending",
    context,
    description: `canary release of ${service} started`,
    ...(targetUrl !== undefined && { targetUrl }),
  };
}

/** The status of a release that ended with `outcome`; the sentence is cut to length when it is posted. */
export function terminalStatus(
  outcome: Outcome,
  context: string,
  targetUrl: string | undefined,
  failOnRollback: boolean,
): CommitStatus {
  return {
    state: commitState(outcome, failOnRollback),
    context,
    description: outcome.sentence,
    ...(targetUrl !== undefined && { targetUrl }),
  };
}

/**
 * The page of a PipelineRun: `{namespace}` and `{run}` in `dashboardUrl` are filled in; without them it is taken for the
 * address of a Tekton Dashboard.
 */
export function runUrl(
  dashboardUrl: string | undefined,
  run: { readonly namespace: string; readonly name: string },
): string | undefined {
  if (dashboardUrl === undefined) return undefined;
  const page = dashboardUrl.includes("{run}")
    ? dashboardUrl
    : `${dashboardUrl}/#/namespaces/{namespace}/pipelineruns/{run}`;
  return page.replaceAll("{namespace}", run.namespace).replaceAll("{run}", run.name);
}

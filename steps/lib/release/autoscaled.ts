/** Whether somebody else sets the number of a version's pods. */
import type { Cluster } from "../ports/cluster.ts";

export async function isAutoscaled(
  cluster: Pick<Cluster, "list">,
  namespace: string,
  deployment: string,
): Promise<boolean> {
  const scalers = await cluster.list("HorizontalPodAutoscaler", namespace);
  return scalers.some(({ spec: { scaleTargetRef } }) => scaleTargetRef.name === deployment);
}

/** Clusters that are there already, and that scenarios cannot be played on. */
import type { State } from "../cluster/cluster.ts";

/** The scenarios decide every second or two. */
export const SCRAPE_INTERVAL_SECONDS = 1;

/** Nothing was done to the cluster: what is in the way, with the cure. */
export class UnfitCluster extends Error {
  override readonly name = "UnfitCluster";
}

/** The cluster, when it scrapes as often as the scenarios need it. Throws UnfitCluster. Pure. */
export function usable(cluster: State): State {
  const { scrapeIntervalSeconds } = cluster;
  if (scrapeIntervalSeconds === SCRAPE_INTERVAL_SECONDS) return cluster;
  throw new UnfitCluster(
    `The cluster that is up scrapes every ${scrapeIntervalSeconds} s, and the scenarios need ${SCRAPE_INTERVAL_SECONDS} s: end it by "npm run cluster -- down", and then start another by "npm run cluster -- up --scrape-interval ${SCRAPE_INTERVAL_SECONDS}" or leave that to the suite.`,
  );
}

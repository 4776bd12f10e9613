/** Which cluster that is up scenarios are played on. */
import { expect, test } from "vitest";
import type { State } from "../e2e/cluster/cluster.ts";
import { allRun } from "../e2e/cluster/running.ts";
import { UnfitCluster, usable } from "../e2e/world/unfit.ts";

const state: State = {
  kubeconfig: "/cluster/admin.conf",
  gateway: "http://10.0.0.1",
  prometheus: "http://10.0.0.2:9090",
  dashboard: "http://10.0.0.3:9097",
  registry: "10.0.0.2:5000",
  hostAddress: "10.0.0.4",
  kubectl: "kubectl",
  tkn: "tkn",
  logs: "/cluster/logs",
  scrapeIntervalSeconds: 1,
  parts: { etcd: true, kubelet: true },
};

test("one that scrapes more seldom than scenarios need is refused at once, with the way out", () => {
  expect(usable(state)).toBe(state);
  const slow = () => usable({ ...state, scrapeIntervalSeconds: 5 });
  expect(slow).toThrow(UnfitCluster);
  expect(slow).toThrow("The cluster that is up scrapes every 5 s, and the scenarios need 1 s: ");
  expect(slow).toThrow('"npm run cluster -- up --scrape-interval 1"');
});

test("one that has lost a part is not up, so that it is started again", () => {
  expect(allRun(state)).toBe(true);
  expect(allRun({ parts: { ...state.parts, kubelet: false } })).toBe(false);
});

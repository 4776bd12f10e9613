import { expect, test } from "vitest";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import { createOnlooker } from "../../../sandbox/scenario/onlooker.ts";
import { objectsIn } from "../../../sandbox/scenario/record.ts";
import { EVERYWHERE, fillNamespaces } from "../../../sandbox/world/every-namespace.ts";
import { realClock } from "../../../steps/lib/process/clock.ts";

const configMap = (name: string, namespace: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace },
});

test("each namespace that gets an object has the certificates of Kubernetes and Istio, and no scenario tells of them", () => {
  const store = createStore({ now: () => 0 });
  const onlooker = createOnlooker(realClock());
  store.watch((event) => onlooker.change(event, false));
  fillNamespaces(store);
  store.create(configMap("web", "shop"));
  store.create(configMap("api", "shop"));
  store.create(configMap("web", "backend"));

  const names = (namespace: string) =>
    store.list("ConfigMap", namespace).map(({ metadata }) => metadata.name);
  expect(names("shop")).toEqual(["api", ...[...EVERYWHERE].sort(), "web"]);
  expect(names("backend")).toEqual([...[...EVERYWHERE].sort(), "web"]);
  expect(onlooker.seen).toHaveLength(3);
  expect(objectsIn(onlooker.view, "shop")).toEqual(["ConfigMap/api", "ConfigMap/web"]);
});

/**
 * What the proxies have heard of routes and subsets: each object reaches them some time after it was written, on its own
 * way, so that one that was written later may be heard of first.
 */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "../cluster/store.ts";
import type { DeliveredKind } from "./mesh-config.ts";

/** The most that a change of an object of the kind needs, in ms; 0 is at once. */
export type Delays = Readonly<Record<DeliveredKind, number>>;

export const AT_ONCE: Delays = { VirtualService: 0, DestinationRule: 0 };
/** A real control plane is a little faster, and proxies take subsets into use later than the routes that name them. */
export const USUAL_DELAYS: Delays = { VirtualService: 150, DestinationRule: 400 };

export interface Delivery {
  /** The objects as the proxies know them. */
  heard(kind: DeliveredKind): readonly KubeObject[];
  /** Whether nothing is on its way. */
  isComplete(): boolean;
  stop(): void;
}

/**
 * Follows the store; what is in it already is known. `random` (in [0, 1)) draws how long each change is on its way, and
 * `onHeard` is told when one has arrived. More changes of the same object meanwhile arrive with it.
 */
export function startDelivery(
  store: Store,
  delays: Delays,
  random: () => number,
  onHeard: () => void,
): Delivery {
  const known: Readonly<Record<DeliveredKind, Map<string, KubeObject>>> = {
    VirtualService: byName(store.list("VirtualService")),
    DestinationRule: byName(store.list("DestinationRule")),
  };
  const underWay = new Map<string, NodeJS.Timeout>();

  function arrive(kind: DeliveredKind, name: string): void {
    const [namespace = "", own = ""] = name.split("/");
    const object = store.get(kind, namespace, own);
    underWay.delete(`${kind} ${name}`);
    if (object === undefined) known[kind].delete(name);
    else known[kind].set(name, object);
    onHeard();
  }

  const unwatch = store.watch(({ object }) => {
    const { kind } = object;
    if (!isDelivered(kind)) return;
    const name = nameOf(object);
    if (underWay.has(`${kind} ${name}`)) return;
    if (delays[kind] === 0) return arrive(kind, name);
    underWay.set(`${kind} ${name}`, setTimeout(arrive, random() * delays[kind], kind, name));
  });

  return {
    heard: (kind) => [...known[kind].values()],
    isComplete: () => underWay.size === 0,
    stop() {
      unwatch();
      for (const timer of underWay.values()) clearTimeout(timer);
      underWay.clear();
    },
  };
}

function isDelivered(kind: string): kind is DeliveredKind {
  return kind === "VirtualService" || kind === "DestinationRule";
}

function byName(objects: readonly KubeObject[]): Map<string, KubeObject> {
  return new Map(objects.map((object) => [nameOf(object), object]));
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

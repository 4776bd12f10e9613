/** The words of traffic: what is asked for, what was found, which two versions share it, and what to write. */
import type { DestinationRule, VirtualService } from "../ports/kinds.ts";

/** The traffic that a release manages, from the Experiment. */
export interface RouteTarget {
  /** What baseline and candidate name. `Service` targets only get traffic moved: no subsets, nothing deleted. */
  readonly kind: "Deployment" | "Service";
  /** The Service whose traffic is split (targetService.name), and the namespace of everything. */
  readonly service: string;
  readonly namespace: string;
  /** Hosts that reach the Service from outside, with the Istio Gateway they come through. */
  readonly hosts: readonly { readonly name: string; readonly gateway: string }[];
  /** targetService.port; copied to the destinations of a route of ours. */
  readonly port?: number;
  /** A rule of the user's own VirtualService. `rule`: http[].name, or its index; may be left out when there is one. */
  readonly routing?: { readonly name: string; readonly rule?: string | number };
}

/** The route objects of a target as they are now. Found again by every process: nothing of it needs to be stored. */
export interface Route {
  readonly target: RouteTarget;
  /** Undefined: there is none yet, `prepare` creates it. */
  readonly virtualService: VirtualService | undefined;
  /** Index of the managed rule in `spec.http`. */
  readonly rule: number;
  /** The DestinationRule of the service's host. Undefined: there is none yet. */
  readonly destinationRule: DestinationRule | undefined;
  /** trafficPolicy of the wildcard DestinationRule that applies to the host as long as it has none of its own. */
  readonly trafficPolicy?: unknown;
  /** Every VirtualService of the namespace: what they route to is never taken away. */
  readonly neighbours: readonly VirtualService[];
}

/** One of the two versions that share the traffic. */
export interface Version {
  /** Name of the Deployment (or Service); also the name of its subset. */
  readonly name: string;
  /** Labels of its pod template; empty for a Service. */
  readonly labels: Readonly<Record<string, string>>;
  /** `pod-template-hash` of its pods. Needed of a baseline whose labels the candidate carries too (`needsHash`). */
  readonly podTemplateHash?: string;
}

export interface Pair {
  readonly baseline: Version;
  readonly candidate: Version;
}

/** One write to the API. `object` is whole; a delete takes its name and uid. Writes are done in the order given. */
export type RouteWrite =
  | {
      readonly verb: "create" | "replace" | "delete";
      readonly kind: "VirtualService";
      readonly object: VirtualService;
    }
  | {
      readonly verb: "create" | "replace" | "delete";
      readonly kind: "DestinationRule";
      readonly object: DestinationRule;
    };

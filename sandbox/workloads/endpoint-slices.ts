/** The endpoints controller: each Service that selects pods has one slice that names them and says which are ready. */
import type { EndpointSlice, Pod, Service } from "../../steps/lib/ports/kinds.ts";
import { equalJson } from "../cluster/json.ts";
import type { Store } from "../cluster/store.ts";
import { controlledBy } from "./ownership.ts";
import { isReady } from "./replica-sets.ts";

/** Brings the slices of the namespace's Services to what its pods are now. */
export function reconcileEndpoints(store: Store, namespace: string): void {
  for (const service of store.list<Service>("Service", namespace)) {
    const { selector = {} } = service.spec;
    if (Object.keys(selector).length === 0) continue;
    reconcile(store, namespace, service, store.list<Pod>("Pod", namespace, selector).map(endpointOf));
  }
}

type Endpoint = NonNullable<EndpointSlice["endpoints"]>[number];

function endpointOf(pod: Pod): Endpoint {
  return { conditions: { ready: isReady(pod) }, targetRef: { kind: "Pod", name: pod.metadata.name } };
}

function reconcile(store: Store, namespace: string, service: Service, endpoints: readonly Endpoint[]): void {
  const { name } = service.metadata;
  const found = store.get<EndpointSlice>("EndpointSlice", namespace, name);
  if (equalJson(found?.endpoints, endpoints)) return;
  if (found !== undefined) {
    store.patch("EndpointSlice", namespace, name, { endpoints }, { manager: MANAGER });
    return;
  }
  const slice: EndpointSlice & { readonly addressType: string } = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name,
      namespace,
      labels: { "kubernetes.io/service-name": name },
      ownerReferences: [controlledBy(service)],
    },
    addressType: "IPv4",
    endpoints,
  };
  store.create(slice, { manager: MANAGER });
}

const MANAGER = "endpointslice-controller";

/**
 * The Kubernetes objects we touch, with the fields we read. Everything else of an object is kept as it is:
 * these are views, not models.
 */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly { readonly manager?: string; readonly time?: string }[];
  readonly [field: string]: unknown;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface PodTemplate {
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly [field: string]: unknown };
}

export interface Deployment extends KubeObject {
  readonly spec: {
    readonly replicas?: number;
    readonly selector: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template: PodTemplate;
    readonly progressDeadlineSeconds?: number;
    readonly minReadySeconds?: number;
    readonly [field: string]: unknown;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
    readonly readyReplicas?: number;
    readonly availableReplicas?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface ReplicaSet extends KubeObject {
  readonly status?: { readonly readyReplicas?: number };
}

export interface Pod extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: { readonly exitCode?: number; readonly reason?: string; readonly message?: string };
}

export interface Service extends KubeObject {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>;
    readonly ports?: readonly { readonly name?: string; readonly port: number }[];
    readonly [field: string]: unknown;
  };
}

export interface EndpointSlice extends KubeObject {
  readonly endpoints?: readonly {
    readonly conditions?: { readonly ready?: boolean };
    readonly targetRef?: { readonly kind?: string; readonly name?: string };
  }[];
}

export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface Lease extends KubeObject {
  readonly spec?: { readonly holderIdentity?: string | null; readonly [field: string]: unknown };
}

export interface RouteDestination {
  readonly destination: {
    readonly host: string;
    readonly subset?: string;
    readonly port?: { readonly number: number };
  };
  readonly weight?: number;
  readonly [field: string]: unknown;
}

export interface HttpRule {
  readonly name?: string;
  readonly route?: readonly RouteDestination[];
  readonly [field: string]: unknown;
}

export interface VirtualService extends KubeObject {
  readonly spec: {
    readonly hosts?: readonly string[];
    readonly gateways?: readonly string[];
    readonly http?: readonly HttpRule[];
    readonly [field: string]: unknown;
  };
}

export interface Subset {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface DestinationRule extends KubeObject {
  readonly spec: {
    readonly host: string;
    readonly subsets?: readonly Subset[];
    readonly [field: string]: unknown;
  };
}

export interface HorizontalPodAutoscaler extends KubeObject {
  readonly spec: {
    readonly scaleTargetRef: { readonly kind: string; readonly name: string; readonly apiVersion?: string };
    readonly [field: string]: unknown;
  };
}

export interface PipelineRun extends KubeObject {
  readonly spec: { readonly status?: string; readonly [field: string]: unknown };
  readonly status?: {
    readonly completionTime?: string;
    readonly conditions?: readonly Condition[];
    readonly [field: string]: unknown;
  };
}

export interface TaskRun extends KubeObject {
  readonly status?: {
    readonly completionTime?: string;
    readonly conditions?: readonly Condition[];
    readonly results?: readonly { readonly name: string; readonly value: unknown }[];
    readonly [field: string]: unknown;
  };
}

export interface Kinds {
  Deployment: Deployment;
  ReplicaSet: ReplicaSet;
  Pod: Pod;
  Service: Service;
  EndpointSlice: EndpointSlice;
  ConfigMap: ConfigMap;
  HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  PodDisruptionBudget: KubeObject;
  Lease: Lease;
  Event: KubeObject;
  Experiment: KubeObject;
  VirtualService: VirtualService;
  DestinationRule: DestinationRule;
  PipelineRun: PipelineRun;
  TaskRun: TaskRun;
}

export type Kind = keyof Kinds;

/** Where each kind is served. Istio's v1beta1 is served by every release from 1.5 on. */
export const KINDS: { readonly [K in Kind]: { readonly apiVersion: string; readonly plural: string } } = {
  Deployment: { apiVersion: "apps/v1", plural: "deployments" },
  ReplicaSet: { apiVersion: "apps/v1", plural: "replicasets" },
  Pod: { apiVersion: "v1", plural: "pods" },
  Service: { apiVersion: "v1", plural: "services" },
  EndpointSlice: { apiVersion: "discovery.k8s.io/v1", plural: "endpointslices" },
  ConfigMap: { apiVersion: "v1", plural: "configmaps" },
  HorizontalPodAutoscaler: { apiVersion: "autoscaling/v2", plural: "horizontalpodautoscalers" },
  PodDisruptionBudget: { apiVersion: "policy/v1", plural: "poddisruptionbudgets" },
  Lease: { apiVersion: "coordination.k8s.io/v1", plural: "leases" },
  Event: { apiVersion: "v1", plural: "events" },
  Experiment: { apiVersion: "iter8.tools/v1alpha1", plural: "experiments" },
  VirtualService: { apiVersion: "networking.istio.io/v1beta1", plural: "virtualservices" },
  DestinationRule: { apiVersion: "networking.istio.io/v1beta1", plural: "destinationrules" },
  PipelineRun: { apiVersion: "tekton.dev/v1", plural: "pipelineruns" },
  TaskRun: { apiVersion: "tekton.dev/v1", plural: "taskruns" },
};

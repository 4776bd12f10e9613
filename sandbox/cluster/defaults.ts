/**
 * Fields that Kubernetes fills in when an object is written. A few for each kind, so that what is read back is never
 * just what was sent.
 */
import type { Deployment, KubeObject, PodTemplate, Service } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "./json.ts";

export interface Defaults {
  /** Kubernetes takes 600; scenarios cannot wait so long. In seconds. */
  readonly progressDeadlineSeconds: number;
}

/** The object with its defaults. */
export function withDefaults(object: KubeObject, defaults: Defaults): KubeObject {
  switch (object.kind) {
    case "Deployment":
      return deployment(object as Deployment, defaults);
    case "Service":
      return service(object as Service);
    default:
      return object;
  }
}

function deployment(object: Deployment, { progressDeadlineSeconds }: Defaults): Deployment {
  const spec = {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds,
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    ...object.spec,
  };
  // A malformed template stays as it is: validation names what is missing.
  return {
    ...object,
    spec: isRecord(spec.template?.spec) ? { ...spec, template: template(spec.template) } : spec,
  };
}

function template(object: PodTemplate): PodTemplate {
  const containers = object.spec["containers"];
  return {
    ...object,
    spec: {
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      schedulerName: "default-scheduler",
      securityContext: {},
      ...object.spec,
      ...(Array.isArray(containers) ? { containers: containers.map(container) } : {}),
    },
  };
}

function container(object: unknown): unknown {
  if (!isRecord(object)) return object;
  const latest = !/:[^/]+$/.test(String(object["image"])) || String(object["image"]).endsWith(":latest");
  return {
    imagePullPolicy: latest ? "Always" : "IfNotPresent",
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    resources: {},
    ...object,
    ...(Array.isArray(object["ports"])
      ? { ports: object["ports"].map((port) => ({ protocol: "TCP", ...port })) }
      : {}),
  };
}

function service(object: Service): Service {
  const ports = object.spec?.ports?.map((port) => ({ protocol: "TCP", targetPort: port.port, ...port }));
  return {
    ...object,
    spec: {
      type: "ClusterIP",
      sessionAffinity: "None",
      ...object.spec,
      ...(ports === undefined ? {} : { ports }),
    },
  };
}

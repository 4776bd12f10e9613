/** On which ports a scenario's Services and the pods behind them listen. Pure. */
import type { KubeObject, Service } from "../../../steps/lib/ports/kinds.ts";

/** What a scenario whose first push brings its Service has in it. */
const USUAL = 8080;

export interface At {
  readonly service: string;
  readonly namespace: string;
}

interface ServicePort {
  readonly port: number;
  readonly targetPort?: number | string;
}

function declared(objects: readonly KubeObject[], isMeant = (_: KubeObject) => true): readonly ServicePort[] {
  const services = objects.filter((one): one is Service => one.kind === "Service" && isMeant(one));
  return services.flatMap(({ spec }) => (spec.ports ?? []) as readonly ServicePort[]);
}

/** Every port that a Service has. */
export function portsOf(objects: readonly KubeObject[]): readonly number[] {
  return [...new Set([...declared(objects).map(({ port }) => port), USUAL])];
}

/** The first port of one Service. */
export function portOf(objects: readonly KubeObject[], { service, namespace }: At): number {
  const isMeant = ({ metadata }: KubeObject) => metadata.name === service && metadata.namespace === namespace;
  return declared(objects, isMeant)[0]?.port ?? USUAL;
}

/** Where the pods behind the first Service listen; Kubernetes' default is the Service's own port. */
export function podPort(objects: readonly KubeObject[]): number {
  const [first] = declared(objects);
  return typeof first?.targetPort === "number" ? first.targetPort : (first?.port ?? USUAL);
}

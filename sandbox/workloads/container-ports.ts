/** The ports that a pod's container lists. Its program really listens on another one, which stands for all of them. */
import type { Pod } from "../../steps/lib/ports/kinds.ts";
import { isRecord } from "../cluster/json.ts";

/** Whether there is something to reach behind that number or name. A container that lists no ports takes any number. */
export function hasPort({ ["spec"]: spec }: Pod, port: number | string): boolean {
  const [container] = isRecord(spec) && Array.isArray(spec["containers"]) ? spec["containers"] : [];
  const listed: readonly unknown[] =
    isRecord(container) && Array.isArray(container["ports"]) ? container["ports"] : [];
  if (listed.length === 0) return typeof port === "number";
  const field = typeof port === "number" ? "containerPort" : "name";
  return listed.some((one) => isRecord(one) && one[field] === port);
}

/** Istio's resources, before istiod starts, and the gateway after it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { GATEWAY_SERVICE } from "../addresses.ts";
import { GATEWAY, gatewayObjects } from "../mesh/gateway.ts";
import { ISTIO_NAMESPACE } from "../parts/istiod/part.ts";
import type { Site } from "../parts/part.ts";
import { answersAtAll } from "../probe.ts";
import { until } from "../waiting.ts";
import { applyObjects, deployed } from "./kubectl.ts";
import { manifests, stream } from "./manifests.ts";

const NAMESPACE = { apiVersion: "v1", kind: "Namespace", metadata: { name: ISTIO_NAMESPACE } };

/** The namespace, and the resources of Istio and of the Gateway API. */
export async function istioResources(site: Site): Promise<string> {
  const folder = join(site.folder("istiod"), "crds");
  return stream([
    JSON.stringify(NAMESPACE),
    await readFile(join(folder, "istio.yaml"), "utf8"),
    ...(await manifests(join(folder, "gateway-api"))),
  ]);
}

/** The gateway, until its port 80 answers. */
export async function installGateway(site: Site): Promise<void> {
  await applyObjects(site, gatewayObjects);
  await deployed(site, ISTIO_NAMESPACE, [GATEWAY]);
  await until("the gateway answers", () => answersAtAll(`http://${GATEWAY_SERVICE}/`), { timeoutMs: 30_000 });
}

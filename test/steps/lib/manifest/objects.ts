/** Objects that the manifest tests share. */

import type { ManifestObject } from "../../../../steps/lib/manifest/read.ts";
import { readManifest } from "../../../../steps/lib/manifest/read.ts";
import type { Deployment } from "../../../../steps/lib/ports/kinds.ts";

export const REVISION = "abc1234def5678abc1234def5678abc1234def56";

export function deployment(
  name: string,
  labels: Readonly<Record<string, string>>,
  image = "example/web:1",
): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: { app: "web" } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "web", image, ports: [{ containerPort: 8080 }] }] },
      },
    },
  };
}

/** The objects of a YAML text that has no problems of its own. */
export function objectsOf(text: string): readonly ManifestObject[] {
  const { objects, problems } = readManifest([{ path: "config/deploy.yaml", text }]);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return objects;
}

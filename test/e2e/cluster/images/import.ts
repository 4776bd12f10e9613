/** Puts images into the cluster's runtime, which can pull from no public registry. */
import { ctr } from "../parts/debian/containerd.ts";
import type { Site } from "../parts/part.ts";

/** How many at the same time: unpacking keeps a processor busy. */
const AT_ONCE = 2;

/**
 * Imports OCI or Docker archives under the names that are written in them. A pod finds such an image when its tag is not
 * `latest`, or its pull policy is not `Always`. Throws naming what containerd said.
 */
export async function importImages(site: Site, archives: readonly string[]): Promise<void> {
  const waiting = [...archives];
  const worker = async () => {
    for (let archive = waiting.shift(); archive !== undefined; archive = waiting.shift()) {
      await ctr(site, ["images", "import", archive]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

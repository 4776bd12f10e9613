/** Our bundle on a cluster, and places for scenarios in it. */
import { randomBytes } from "node:crypto";
import type { Place } from "../../../sandbox/scenario/world.ts";
import type { ImageSize } from "../figures/markdown.ts";
import { asOne, endAll } from "./ends.ts";
import type { Ground } from "./ground.ts";
import { createImages, forwarderImage, type NodeRoot, stepImages } from "./images.ts";
import { installBundle, removeBundle } from "./install.ts";
import { startWorld } from "./world.ts";

/** p50 of 170 ms and up to 540 ms were seen from a written weight to the traffic that follows; istiod takes longer under load. */
const GRACE_MS = 2000;

/**
 * istiod asks an API server that was away again by a back-off of its own; 65 s were seen after an outage. Only that
 * it hears again repairs the mesh, so no release can be faster, and a minute for settling counts from there.
 */
const DEAF_MS = 70_000;

/** A cluster with the bundle in it. */
export interface Prepared {
  /**
   * A place for one scenario; `suffix` tells what belongs to it from what belongs to others that play at the same time.
   * `bundle`: the reference of the bundle that its runs come from.
   */
  place(suffix: string, bundle?: string): Place;
  /** Of the five steps. */
  imageSizes(): Promise<readonly ImageSize[]>;
  /** Removes everything that the suite has made. */
  close(): Promise<void>;
}

/** Installs the bundle and gives the cluster the images of the steps. */
export async function prepare(root: string, ground: Ground, nodeRoot: NodeRoot): Promise<Prepared> {
  const secrets = { token: randomBytes(20).toString("hex"), webhook: randomBytes(20).toString("hex") };
  const images = createImages(root, nodeRoot, ground.importImages);
  await images.provide([...(await stepImages(root)), ...(ground.isOwn ? [] : [forwarderImage(root)])]);
  await installBundle(ground.kubectl, root, secrets);
  return {
    place: (suffix, bundle) => ({
      name: "the cluster",
      graceMs: GRACE_MS,
      deafMs: DEAF_MS,
      async start(setting, folder, listeners) {
        const ends: (() => Promise<unknown>)[] = [];
        const close = async () => {
          const failures = await endAll(ends);
          if (failures.length > 0) throw asOne(failures);
        };
        try {
          const task = { root, ground, secrets, images, suffix, bundle, setting, folder, listeners, ends };
          return { ...(await startWorld(task)), close };
        } catch (error) {
          throw asOne([error, ...(await endAll(ends))]);
        }
      },
    }),
    imageSizes: async () => images.sizes(await stepImages(root)),
    close: () => removeBundle(ground.kubectl, root),
  };
}

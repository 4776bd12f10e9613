/** Names of the images that are made here. No registry is asked for them, so none is named. */

/** Any tag but `latest`, which would be pulled at every start. */
const TAG = "1";

/** Full name of an image of the cluster's own. */
export function imageName(name: string): string {
  return `tekton-canary.local/cluster/${name}:${TAG}`;
}

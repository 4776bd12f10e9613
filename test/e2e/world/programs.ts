/** The programs of the machine that the suite itself starts, beside those of the cluster. */
import { existsSync } from "node:fs";
import type { Options } from "../options.ts";
import { imageCache } from "./image-cache.ts";
import { basePath } from "./images.ts";
import { stepArchives } from "./step-images.ts";

/** The forge is made of git, and an app's image may always be a new one. */
const PLAYING = ["git", "tar"];
/** Node and Debian's files for the images, and the program that builds the steps'. */
const BUILDING = ["npm", "apt-get", "dpkg-deb"];

/** Their names; fewer when nothing has to be fetched for images. */
export async function programsFor(
  root: string,
  { given }: Pick<Options, "given">,
): Promise<readonly string[]> {
  const cache = imageCache();
  const bases = await Promise.all([stepArchives(root, cache), basePath(root, cache)]);
  return [
    ...PLAYING,
    ...(given === undefined ? [] : ["kubectl"]),
    ...(bases.every((base) => existsSync(base)) ? [] : BUILDING),
  ];
}

/** The bundles that worlds run, made anew when they are older than their sources. */
import { pathToFileURL } from "node:url";

export async function buildBundles(): Promise<void> {
  const script: { build: () => Promise<readonly string[]> } = await import(
    pathToFileURL("scripts/build.mjs").href
  );
  await script.build();
}

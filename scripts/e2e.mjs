/** `npm run e2e`: plays scenarios on a real cluster, see docs/real-cluster.md. */
import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";
import { root, setUp } from "./setup.mjs";

await setUp();
const { build } = await import("./build.mjs");
await build();
const { nodeRoot } = await import("./node-root.mjs");
const { main } = await import(pathToFileURL(await bundle("test/e2e/main.ts", "e2e.mjs")).href);
process.exit(await main(process.argv.slice(2), root, nodeRoot));

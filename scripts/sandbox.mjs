/** `npm run demo` and `npm run scenario`: needs nothing but Node and git on a fresh clone. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, setUp } from "./setup.mjs";

await setUp();
const { build } = await import("./build.mjs");
await build();
const { main } = await import(pathToFileURL(join(root, "dist", "sandbox.mjs")).href);
process.exit(await main(process.argv.slice(2), root));

/** `npm run cluster`: a real cluster on this machine, see docs/real-cluster.md. */
import { pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";
import { root, setUp } from "./setup.mjs";

await setUp();
const { main } = await import(pathToFileURL(await bundle("test/e2e/cluster/main.ts", "cluster.mjs")).href);
process.exit(await main(process.argv.slice(2), root));

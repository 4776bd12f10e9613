/** `npm run simulate -- [--runs N] [--seed S]`: thousands of releases under random faults, in virtual time. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, setUp } from "./setup.mjs";

await setUp();
const { build } = await import("./build.mjs");
await build({ only: ["test/simulate"] });
await import(pathToFileURL(join(root, "dist", "test", "simulate.mjs")).href);

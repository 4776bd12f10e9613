/**
 * Builds the five step images: npm run images [-- --registry R --tag T --base IMAGE --offline --archive DIR]
 * with whichever of buildah, podman and docker is there.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { builder } from "./image-builder.mjs";
import { NODE_BASE, nodeRoot } from "./node-root.mjs";
import { root } from "./setup.mjs";

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const STEPS = readdirSync(join(root, "tasks"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

async function main() {
  const { values } = parseArgs({
    options: {
      registry: { type: "string", default: "ghcr.io/tekton-canary" },
      tag: { type: "string", default: version },
      base: { type: "string" },
      offline: { type: "boolean", default: false },
      archive: { type: "string" },
    },
  });
  if (values.offline && values.base !== undefined)
    throw new Error("--offline makes its own base: leave --base out");
  const tool = builder();
  await build({ only: STEPS });
  const base = values.offline ? offlineBase(tool) : values.base;
  for (const step of STEPS) {
    const image = `${values.registry}/${step}:${values.tag}`;
    const settings = { STEP: step, VERSION: values.tag, ...(base === undefined ? {} : { BASE: base }) };
    tool.build({ image, file: join(root, "images/Containerfile"), context: root, settings });
    console.log(`built ${image} with ${tool.name}`);
    if (values.archive !== undefined) {
      mkdirSync(values.archive, { recursive: true });
      const file = join(values.archive, `${step}.tar`);
      tool.save(image, file);
      console.log(`wrote ${file}`);
    }
  }
}

/** Builds a Node base from packages, for where no image registry can be reached; returns its name. */
function offlineBase(tool) {
  const folder = mkdtempSync(join(tmpdir(), "node-root-"));
  try {
    const { file, context } = nodeRoot(folder);
    tool.build({ image: NODE_BASE, file, context, settings: {} });
    console.log(`built ${NODE_BASE} from packages`);
    return NODE_BASE;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

/** Builds the five step images with whichever of buildah, podman and docker is there. */
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

const USAGE = `npm run images -- [--registry NAME] [--tag TAG] [--base IMAGE | --offline] [--archive DIR]
  --registry NAME  begins the images' names, ghcr.io/tekton-canary unless set
  --tag TAG        ends them, ${version} unless set
  --base IMAGE     an image with Node 24 to build on
  --offline        make the base from packages, where no image registry can be reached
  --archive DIR    write each image to DIR/STEP.tar too`;

/** Throws for what makes no sense. */
function readOptions() {
  const { values } = parseArgs({
    options: {
      registry: { type: "string", default: "ghcr.io/tekton-canary" },
      tag: { type: "string", default: version },
      base: { type: "string" },
      offline: { type: "boolean", default: false },
      archive: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.offline && values.base !== undefined)
    throw new Error("--offline makes its own base: leave --base out");
  if (!/^[a-z0-9.-]+(:[0-9]+)?(\/[a-z0-9._-]+)*$/.test(values.registry))
    throw new Error(
      `--registry ${values.registry}: must be HOST[:PORT][/PATH] in lower case, without https://`,
    );
  if (!/^\w[\w.-]{0,127}$/.test(values.tag))
    throw new Error(`--tag ${values.tag}: must be letters, digits, ".", "_" and "-", at most 128`);
  return values;
}

async function main(values) {
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

let options;
try {
  options = readOptions();
} catch (error) {
  console.error(`${error.message}\n\n${USAGE}`);
  process.exit(2);
}
if (options.help) console.log(USAGE);
else
  await main(options).catch((error) => {
    console.error(error.message);
    process.exitCode = 1;
  });

/** Writes OCI image archives: a root folder, a configuration, a name. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../command.ts";

export interface Image {
  readonly name: string;
  /** The folder that becomes the image's only layer. */
  readonly root: string;
  readonly entrypoint: readonly string[];
  readonly user?: string;
  readonly environment?: readonly string[];
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

const OCI = "application/vnd.oci.image";
// The same files give the same archive, whenever and by whom they were made.
const SAME = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];

/** Writes the archive `file`; `scratch` is an empty folder to work in. */
export async function writeArchive(image: Image, file: string, scratch: string): Promise<void> {
  const blobs = join(scratch, "blobs/sha256");
  await mkdir(blobs, { recursive: true });
  const layer = join(scratch, "layer.tar");
  await run("tar", [...SAME, "--create", "--file", layer, "--directory", image.root, "."]);
  const layerDescriptor = await addFile(layer, `${OCI}.layer.v1.tar`);
  await rename(layer, join(blobs, hex(layerDescriptor)));
  const add = async (mediaType: string, content: object): Promise<Descriptor> => {
    const text = JSON.stringify(content);
    const digest = createHash("sha256").update(text).digest("hex");
    await writeFile(join(blobs, digest), text);
    return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) };
  };
  const config = await add(`${OCI}.config.v1+json`, configuration(image, layerDescriptor.digest));
  const manifest = await add(`${OCI}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${OCI}.manifest.v1+json`,
    config,
    layers: [layerDescriptor],
  });
  await writeFile(join(scratch, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const annotations = { "io.containerd.image.name": image.name };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, annotations }] };
  await writeFile(join(scratch, "index.json"), JSON.stringify(index));
  const contents = ["oci-layout", "index.json", "blobs"];
  await run("tar", [...SAME, "--create", "--file", file, "--directory", scratch, ...contents]);
  await rm(scratch, { recursive: true });
}

/** The image configuration of the OCI specification. */
export function configuration({ entrypoint, user, environment }: Image, layerDigest: string): object {
  return {
    architecture: "amd64",
    os: "linux",
    config: {
      Entrypoint: entrypoint,
      Env: ["PATH=/usr/local/bin:/usr/bin:/bin:/ko-app", ...(environment ?? [])],
      ...(user === undefined ? {} : { User: user }),
    },
    rootfs: { type: "layers", diff_ids: [layerDigest] },
  };
}

async function addFile(file: string, mediaType: string): Promise<Descriptor> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { mediaType, digest: `sha256:${hash.digest("hex")}`, size: (await stat(file)).size };
}

const hex = ({ digest }: Descriptor) => digest.slice("sha256:".length);

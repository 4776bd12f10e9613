/** The registry that images and bundles are pushed to. */
import { join } from "node:path";
import { NODE_ADDRESS, REGISTRY } from "../../addresses.ts";
import type { Layout } from "../../layout.ts";
import { answers } from "../../probe.ts";
import type { Daemon } from "../part.ts";
import { debianFile } from "./part.ts";

const configFile = (layout: Layout) => join(layout.config, "registry.json");

/** An image registry over plain HTTP, for what is pushed to and pulled from one. */
export const registry: Daemon = {
  name: "registry",
  command: (site) => [debianFile(site, "usr/bin/docker-registry"), "serve", configFile(site.layout)],
  // JSON is YAML.
  files: ({ layout }) => ({
    [configFile(layout)]: JSON.stringify({
      version: 0.1,
      log: { level: "warn", accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(layout.data, "registry") }, delete: { enabled: true } },
      http: { addr: `${NODE_ADDRESS}:5000` },
    }),
  }),
  isReady: () => answers(`http://${REGISTRY}/v2/`),
};

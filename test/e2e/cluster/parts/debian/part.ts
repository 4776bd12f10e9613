/** What comes from Debian 12: the container runtime, iptables, and a small image registry. */
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import type { Artefact } from "../../artefacts/artefact.ts";
import { debianPackages } from "../../artefacts/debian-packages.ts";
import type { Site } from "../part.ts";
import pins from "./packages.json" with { type: "json" };

/** Programs that Debian's install scripts would link; those for nf_tables, as on a Debian machine. */
const IPTABLES = [
  "iptables",
  "iptables-save",
  "iptables-restore",
  "ip6tables",
  "ip6tables-save",
  "ip6tables-restore",
];

export function debianFiles(): Artefact {
  const unpacked = debianPackages("debian", pins);
  return {
    ...unpacked,
    pins: [unpacked.pins, IPTABLES],
    async make(into, workshop) {
      await unpacked.make(into, workshop);
      for (const name of IPTABLES) {
        await symlink("xtables-nft-multi", join(into, "root/usr/sbin", name)).catch((error) => {
          if (error.code !== "EEXIST") throw error;
        });
      }
    },
  };
}

const LIBRARIES = "usr/lib/x86_64-linux-gnu";

/** Path of a file of a Debian package. */
export function debianFile(site: Site, path: string): string {
  return join(site.folder("debian"), "root", path);
}

/** Variables that let unpacked programs find each other and their libraries. */
export function debianEnvironment(site: Site): Readonly<Record<string, string>> {
  const folders = ["usr/sbin", "usr/bin"].map((folder) => debianFile(site, folder));
  return {
    PATH: [...folders, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"].join(":"),
    LD_LIBRARY_PATH: debianFile(site, LIBRARIES),
    XTABLES_LIBDIR: debianFile(site, `${LIBRARIES}/xtables`),
  };
}

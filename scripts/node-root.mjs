/** A root folder with Node and the libraries it needs, laid out from npm and Debian packages: no image registry needed. */
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./image-builder.mjs";

const NODE_VERSION = "24.21.0";
const DEBIAN = ["base-files", "libc6", "libgcc-s1", "libstdc++6", "ca-certificates"];
const NOT_NEEDED = ["usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/locale"];

/** Name of the image that is made of it. */
export const NODE_BASE = "localhost/tekton-canary-node:24";

const CONTAINERFILE = `FROM scratch
COPY . /
ENV PATH=/usr/local/bin:/usr/bin:/bin
`;

/** Fills `folder`; returns the Containerfile and the context to build. Throws naming the package that could not be had. */
export function nodeRoot(folder) {
  const packages = join(folder, "packages");
  const context = join(folder, "root");
  mkdirSync(packages);
  mkdirSync(context);
  unpackDebian(packages, context);
  bundleCertificates(context);
  unpackNode(packages, context);
  for (const path of NOT_NEEDED) rmSync(join(context, path), { recursive: true, force: true });
  writeFileSync(join(context, "etc/nsswitch.conf"), "hosts: files dns\n");
  const file = join(folder, "Containerfile");
  writeFileSync(file, CONTAINERFILE);
  return { file, context };
}

function unpackDebian(packages, context) {
  for (const name of DEBIAN) {
    try {
      run("apt-get", ["download", name], { cwd: packages });
    } catch (error) {
      throw new Error(
        `Debian package ${name} could not be downloaded (apt-get update first?): ${error.message}`,
      );
    }
  }
  for (const name of readdirSync(packages)) run("dpkg-deb", ["--extract", join(packages, name), context]);
}

/** What the package's install script would do, which is not run. */
function bundleCertificates(context) {
  const source = join(context, "usr/share/ca-certificates/mozilla");
  const bundle = join(context, "etc/ssl/certs/ca-certificates.crt");
  mkdirSync(join(context, "etc/ssl/certs"), { recursive: true });
  for (const name of readdirSync(source).sort()) appendFileSync(bundle, readFileSync(join(source, name)));
}

function unpackNode(packages, context) {
  const name = `node-linux-${process.arch}@${NODE_VERSION}`;
  const archive = run("npm", ["pack", name, "--silent", "--pack-destination", packages], {
    cwd: packages,
  }).trim();
  run("tar", ["--extract", "--gzip", "--file", join(packages, archive), "--directory", packages]);
  mkdirSync(join(context, "usr/local/bin"), { recursive: true });
  cpSync(join(packages, "package/bin/node"), join(context, "usr/local/bin/node"));
}

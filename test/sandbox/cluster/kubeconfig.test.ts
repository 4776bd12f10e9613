import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { writeKubeconfig } from "../../../sandbox/cluster/kubeconfig.ts";

test("a kubeconfig is what the client library reads, and nobody else can", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  try {
    const path = join(folder, "config");
    await writeKubeconfig(path, { url: "http://127.0.0.1:1234", token: "abc", namespace: "shop" });
    const config = new KubeConfig();
    config.loadFromFile(path);
    expect(config.getCurrentCluster()).toMatchObject({
      server: "http://127.0.0.1:1234",
      skipTLSVerify: true,
    });
    expect(config.getCurrentUser()).toMatchObject({ token: "abc" });
    expect(config.getContextObject(config.getCurrentContext())?.namespace).toBe("shop");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  } finally {
    await rm(folder, { recursive: true });
  }
});

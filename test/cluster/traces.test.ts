/** What counts as left by a cluster when the machine is compared with what it was. */
import { describe, expect, test } from "vitest";
import { couldBeOurs, differences, type Traces } from "../e2e/cluster/machine/traces.ts";

const places = { caches: "/root/.cache/tekton-canary", temporary: "/tmp/e2e" };
const left = (after: Traces) => differences({}, couldBeOurs(after, places));

test("what is there after and was not before was left; what is gone was its owner's", () => {
  const before = { link: ["/sys/class/net/eth0"], setting: ["kernel/panic = 0"] };
  const after = { link: ["/sys/class/net/tekton-canary0"], setting: ["kernel/panic = 10"] };
  expect(differences(before, before)).toEqual([]);
  expect(differences(before, after)).toEqual([
    "link /sys/class/net/tekton-canary0 was left",
    "setting kernel/panic = 10 was left",
  ]);
});

describe("while a suite runs", () => {
  test("a login, a container and a network of the user's may come", () => {
    const users = {
      mount: [
        "tmpfs /run/user/1000 tmpfs",
        "overlay /var/lib/docker/overlay2/5d1f/merged overlay",
        "nsfs /run/docker/netns/7c1e nsfs",
        "/dev/sdb1 /media/tekton-canary ext4",
      ],
      link: ["/sys/class/net/veth5d1f", "/sys/class/net/docker0", "/sys/class/net/tun0"],
      route: ["docker0\t000011AC\t00000000\t0001", "tun0\t0000000A\t00000000\t0001"],
      cgroup: ["/sys/fs/cgroup/user.slice", "/sys/fs/cgroup/docker"],
      file: ["/run/user", "/var/log/auth.log", "/var/lib/docker", "/tmp/e2e/node-compile-cache"],
    };
    expect(left(users)).toEqual([]);
  });

  test("all that a cluster or a scenario makes is found", () => {
    const ours = {
      process: ["7 /root/.cache/tekton-canary/cluster/parts/etcd-1/etcd"],
      mount: [
        "overlay /root/.cache/tekton-canary/cluster/run/containerd/state/rootfs overlay",
        "tmpfs /run/netns tmpfs",
        "nsfs /run/netns/cni-1 nsfs",
        "tmpfs /var/lib/kubelet tmpfs",
      ],
      link: ["/sys/class/net/tekton-canary0"],
      route: ["tekton-canary0\t0000D40A\t0200D40A\t0003"],
      cgroup: ["/sys/fs/cgroup/memory/tekton-canary"],
      setting: ["vm/overcommit_memory = 1"],
      file: [
        "/run/tekton-canary-cluster",
        "/run/tekton-canary-cluster.pid",
        "/run/containerd",
        "/var/lib/cni/results",
        "/var/log/containers",
        "/root/.cache/tekton-canary/cluster/run",
        "/tmp/e2e/sandbox-x7k2p1",
        "/tmp/e2e/browser-x7k2p1",
      ],
    };
    expect(couldBeOurs(ours, places)).toEqual(ours);
    expect(left(ours)).toHaveLength(Object.values(ours).flat().length);
  });
});

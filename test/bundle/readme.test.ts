/** The READMEs of the bundle say what the YAML says. */
import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { pipeline, taskNames, text } from "./manifests.ts";

const readmes = [
  ...taskNames.map((name) => `tasks/${name}/README.md`),
  `pipelines/${pipeline.metadata.name}/README.md`,
  "triggers/README.md",
  "config/README.md",
];

it("has tables that are up to date", () => {
  expect(() =>
    execFileSync(process.execPath, ["scripts/tables.mjs", "--check"], { encoding: "utf8" }),
  ).not.toThrow();
});

describe.each(readmes)("%s", (path) => {
  const readme = text(path);

  it("links only to files that exist", () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target = ""]) => target);
    for (const target of links) expect(() => text(`${path}/../${target}`), target).not.toThrow();
  });

  it("closes every marker it opens", () => {
    const markers = [...readme.matchAll(/<!-- (\/?)(\w+) -->/g)].map(([, end, name]) => `${end}${name}`);
    expect(markers.filter((_, at) => at % 2 === 1)).toEqual(
      markers.filter((_, at) => at % 2 === 0).map((name) => `/${name}`),
    );
  });
});

it.each(taskNames)("the README of %s has the sections of the catalog", (name) => {
  const headings = [...text(`tasks/${name}/README.md`).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(
    expect.arrayContaining(["Install", "Params", "Permissions", "Platforms", "Usage"]),
  );
});

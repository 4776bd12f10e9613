/** What the pages claim and can be checked: links, commands, outcomes, params, dependencies. */
import { existsSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { commitState, OUTCOME_REASONS, type Outcome } from "../../steps/lib/experiment/outcome.ts";
import { STRATEGIES } from "../../steps/lib/experiment/schema.ts";
import { AVAILABLE } from "../../steps/lib/loop/strategies/strategy.ts";
import { EXIT, exitCode } from "../../steps/lib/process/exit-codes.ts";
import { anchors, filesIn, localLinks, pages, prose, ROOT, tableRows, text } from "./pages.ts";

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = JSON.parse(text("package.json")) as Package;

/** The longest page is about two screens. */
const MOST_LINES = 110;

describe.each(pages)("%s", (path) => {
  const page = text(path);

  it("is at most two screens long, without the tables that programs write", () => {
    const written = page.replace(/<!-- ((?:bench|e2e) .*): begin -->.*<!-- \1: end -->/gs, "");

    expect(written.trimEnd().split("\n").length).toBeLessThanOrEqual(MOST_LINES);
  });

  it("links only to what is there", () => {
    for (const link of localLinks(page)) {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? path : posix.normalize(posix.join(posix.dirname(path), file));
      expect(existsSync(`${ROOT}${target}`), `${link} in ${path}`).toBe(true);
      if (anchor !== undefined) expect(anchors(text(target)), `${link} in ${path}`).toContain(anchor);
    }
  });

  it("names only npm scripts that there are", () => {
    const named = [...page.matchAll(/\bnpm (?:run ([a-z][\w:-]*)|(test)\b)/g)].map(
      ([, run, test]) => run ?? test ?? "",
    );
    for (const script of named) expect(Object.keys(manifest.scripts), script).toContain(script);
  });

  it("names only files of the project that there are", () => {
    const folders = "bench|config|docs|images|pipelines|samples|sandbox|scripts|steps|tasks|test|triggers";
    const named = [
      ...page.matchAll(new RegExp(`(?<![\\w./-])(?:${folders})/[\\w./-]*\\w\\.(?:ts|mjs|yaml|md)\\b`, "g")),
    ];
    const here = path.startsWith("samples/") ? posix.dirname(path) : "";
    for (const [file] of named) {
      const isOfTheRepositoryThatIsPushed = /^config\/deploy\.yaml$/.test(file);
      const found = [file, posix.join(here, file)].some((one) => existsSync(`${ROOT}${one}`));
      expect(found || isOfTheRepositoryThatIsPushed, `${file} in ${path}`).toBe(true);
    }
  });
});

it("has every page of docs/ in the list of the README", () => {
  const links = localLinks(text("README.md"));
  for (const page of filesIn("docs").filter((path) => path.endsWith(".md"))) expect(links).toContain(page);
});

describe("docs/outcomes.md", () => {
  const rows = tableRows(text("docs/outcomes.md"));
  const outcomes = rows.filter(([, reason = ""]) => (OUTCOME_REASONS as readonly string[]).includes(reason));

  it("has a row for every reason", () => {
    expect(new Set(outcomes.map(([, reason]) => reason))).toEqual(new Set(OUTCOME_REASONS));
  });

  it.each(outcomes)("tells of %s (%s) what the code does: %s, %s", (word, reason, state, code) => {
    const outcome = { word, reason, sentence: "" } as Outcome;
    expect(state).toBe(commitState(outcome, true));
    expect(code).toBe(String(exitCode(outcome, true)));
  });

  it("has every exit code", () => {
    const codes = rows.filter(([code = ""]) => /^\d+$/.test(code)).map(([code]) => Number(code));
    expect(codes.sort((a, b) => a - b)).toEqual(Object.values(EXIT).sort((a, b) => a - b));
  });
});

describe("the pipeline", () => {
  const { spec } = parse(text("pipelines/canary-release/canary-release.yaml")) as {
    readonly spec: { readonly params: readonly { readonly name: string }[] };
  };

  it("has every param in its table, and docs/pipeline.md links to it", () => {
    const listed = tableRows(text("pipelines/canary-release/README.md")).map(([name]) => name);
    for (const { name } of spec.params) expect(listed).toContain(name);
    expect(localLinks(text("docs/pipeline.md"))).toContain("../pipelines/canary-release/README.md#params");
  });

  it("is spoken of with params that it has", () => {
    const known = [...spec.params.map(({ name }) => name)];
    for (const path of pages) {
      const named = [...text(path).matchAll(/\bparams? `([\w-]+)`/g)].map(([, name]) => name);
      for (const name of named) expect(known, `param ${name} in ${path}`).toContain(name);
    }
  });
});

it("explains every dependency, and no other", () => {
  const listed = tableRows(text("docs/dependencies.md")).map(([name]) => name);
  expect([...listed].sort()).toEqual(
    [...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)].sort(),
  );
});

it("tells which strategies there are, and which there are not", () => {
  const page = text("docs/experiment.md");
  for (const strategy of STRATEGIES) expect(page).toContain(`\`${strategy}\``);
  const rows = tableRows(page).find(([field]) => field === "trafficControl.strategy");
  for (const strategy of Object.keys(AVAILABLE)) expect(rows?.join(" ")).toContain(strategy);
});

it("quotes only sentences that the steps can say in docs/troubleshooting.md", () => {
  const source = filesIn("steps").map(text).join("\n");
  const cells = text("docs/troubleshooting.md")
    .split("\n")
    .flatMap((line) => /^\| (`.+?`(?:,.*?`.+?`)*) +\|/.exec(line)?.[1] ?? []);
  const sentences = cells.flatMap((cell) =>
    [...cell.matchAll(/`([^`]+ [^`]+ [^`]+)`/g)].map(([, one = ""]) => one),
  );
  expect(sentences.length).toBeGreaterThan(20);
  for (const sentence of sentences.filter((one) => !one.startsWith("kubectl"))) {
    // Names, numbers, paths and commits are examples; Iter8's messages begin with a reason.
    const fixed = sentence
      .split(/^\w+: |\b[A-Z]+\b|[\w.-]*[\d/][\w./-]*|\.\.\.|\(\.\.\.\)/)
      .map((one) => one.replace(/,\s*$/, "").trim());
    const unsaid = fixed.filter((one) => one.length > 7 && !source.includes(one));
    expect(unsaid, sentence).toEqual([]);
  }
});

it("explains every field of a scenario in docs/sandbox.md", () => {
  const page = prose(text("docs/sandbox.md"));
  const source = text("sandbox/scenario/schema.ts");
  const lists = [...source.matchAll(/const (?:ACTS|WAYS|MOMENTS) = \[([^\]]+)\]/g)].flatMap(([, body = ""]) =>
    [...body.matchAll(/"([\w-]+)"/g)].map(([, name = ""]) => name),
  );
  expect(lists.length).toBeGreaterThan(15);
  for (const field of lists) expect(page, field).toContain(`\`${field}`);
});

/** The parts of the product and what each may know. The table is the architecture; this test reads every import. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const STEPS = [
  "apply-candidate",
  "create-experiment",
  "generate-load",
  "set-commit-status",
  "wait-and-cleanup",
];
const PURE = ["experiment", "loop", "routes", "metrics", "manifest", "load"].map(
  (part) => `steps/lib/${part}`,
);

interface Rule {
  /** A folder, or a file; of several rules that fit, the first counts. */
  readonly part: string;
  /** Folders and files of ours that it may import, beside itself. A folder stands for everything in it. */
  readonly imports: readonly string[];
  /** Packages and `node:` modules. */
  readonly packages?: readonly string[];
  /** No clock, no randomness, no I/O but what is handed in. */
  readonly pure?: boolean;
}

const TABLE: readonly Rule[] = [
  // The interfaces of the outside world, and the errors that cross them.
  { part: "steps/lib/ports", imports: ["steps/lib/experiment"], pure: true },

  // What can be said without looking at the world.
  {
    part: "steps/lib/experiment/schema.ts",
    imports: ["steps/lib/experiment"],
    packages: ["zod"],
    pure: true,
  },
  {
    part: "steps/lib/manifest/read.ts",
    imports: ["steps/lib/manifest", "steps/lib/ports"],
    packages: ["yaml"],
    pure: true,
  },
  ...PURE.map((part) => ({ part, imports: [...PURE, "steps/lib/ports"], pure: true })),

  // What several steps do to the world, through ports alone.
  { part: "steps/lib/release", imports: [...PURE, "steps/lib/ports"], pure: true },

  // One client library each, never another client. A small file beside a client may have none.
  ...(
    [
      ["kubernetes.ts", ["@kubernetes/client-node"], []],
      ["prometheus.ts", ["axios", "zod", "node:https"], ["prometheus-auth.ts"]],
      ["prometheus-auth.ts", [], []],
      ["github.ts", ["@octokit/rest", "@octokit/plugin-retry"], ["source-limits.ts"]],
      ["workspace.ts", ["node:fs", "node:fs/promises", "node:path"], ["source-limits.ts"]],
      ["source-limits.ts", [], []],
      ["http-load.ts", ["node:http", "node:https", "node:net", "node:dns"], []],
    ] as const
  ).map(([file, packages, helpers]) => ({
    part: `steps/lib/clients/${file}`,
    packages,
    imports: [...PURE, "steps/lib/ports", ...helpers.map((helper) => `steps/lib/clients/${helper}`)],
  })),

  // The process: environment, files, signals, exit codes. It knows no step and no client.
  { part: "steps/lib/process", imports: [...PURE, "steps/lib/ports"], packages: ["zod", "node:fs"] },

  // The programs.
  ...STEPS.flatMap((step): readonly Rule[] => [
    {
      part: `steps/${step}/main.ts`,
      imports: ["steps/lib/process", "steps/lib/clients", ...PURE, "steps/lib/ports"],
      packages: ["node:crypto"],
    },
    {
      part: `steps/${step}/config.ts`,
      imports: ["steps/lib/process/settings.ts", ...PURE],
      packages: ["zod"],
    },
    {
      part: `steps/${step}`,
      imports: [
        ...PURE,
        "steps/lib/ports",
        "steps/lib/release",
        "steps/lib/process/exit-codes.ts",
        "steps/lib/process/retry.ts",
        "steps/lib/process/step.ts",
      ],
      packages: ["zod"],
      pure: true,
    },
  ]),
];

interface Import {
  readonly from: string;
  /** A file of ours relative to the root, or a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file))
    .sort();

const IMPORT = /^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)";/gm;

function importsOf(from: string): readonly Import[] {
  return [...readFileSync(join(ROOT, from), "utf8").matchAll(IMPORT)].map(([, type, to = ""]) => ({
    from,
    to: to.startsWith(".") ? normalize(join(dirname(from), to)) : to,
    typeOnly: type !== undefined,
  }));
}

const isIn = (file: string, part: string) => file === part || file.startsWith(`${part}/`);
const isOurs = (to: string) => isIn(to, "steps") || isIn(to, "sandbox");

const steps = files("steps");
const sandbox = files("sandbox");
const imports = steps.flatMap(importsOf);

describe("the table", () => {
  test("has a row for every file under steps/", () => {
    expect(steps.filter((file) => !TABLE.some(({ part }) => isIn(file, part)))).toEqual([]);
  });

  test("names nothing that is not there", () => {
    expect(TABLE.map(({ part }) => part).filter((part) => !existsSync(join(ROOT, part)))).toEqual([]);
  });

  test("finds the imports of every file", () => {
    const count = (file: string) => readFileSync(join(ROOT, file), "utf8").match(/ from "/g)?.length ?? 0;

    expect(steps.filter((file) => importsOf(file).length < count(file))).toEqual([]);
  });
});

/** The folder that a file's own things are in: a client and a file with a rule of its own stand alone. */
const home = (part: string) => (part.endsWith(".ts") ? dirname(part) : part);

describe.each(TABLE)("$part", ({ part, imports: allowed, packages = [], pure = false }) => {
  const mine = steps.filter((file) => TABLE.find((rule) => isIn(file, rule.part))?.part === part);
  const own = part.startsWith("steps/lib/clients/") ? [] : [home(part)];
  const found = imports.filter(({ from }) => mine.includes(from));

  test("imports only the parts that it may", () => {
    const foreign = found.filter(
      ({ to }) => isOurs(to) && ![...own, ...allowed].some((one) => isIn(to, one)),
    );

    expect(foreign.map(say)).toEqual([]);
  });

  test("imports only the packages that it may", () => {
    // The types of zod weigh nothing.
    const foreign = found.filter(
      ({ to, typeOnly }) => !isOurs(to) && !packages.includes(to) && !(typeOnly && to === "zod"),
    );

    expect(foreign.map(say)).toEqual([]);
  });

  if (pure) {
    test("has no clock, no randomness, no process and no network of its own", () => {
      const forbidden =
        /\b(Date\.now|new Date\(\)|Math\.random|performance\.|process\.|console\.|fetch\(|setTimeout|setInterval|setImmediate|queueMicrotask|crypto\.|globalThis|Buffer\b)/;
      const code = (file: string) =>
        readFileSync(join(ROOT, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

      expect(mine.map((file) => [file, code(file).match(forbidden)?.[0]]).filter(([, what]) => what)).toEqual(
        [],
      );
    });
  }
});

function say({ from, to }: Import): string {
  return `${from} -> ${to}`;
}

describe("the whole", () => {
  test("under steps/ no files import each other in a circle", () => {
    const next = new Map(
      steps.map((file) => [
        file,
        importsOf(file)
          .filter(({ to }) => isIn(to, "steps"))
          .map(({ to }) => to),
      ]),
    );
    const done = new Set<string>();
    const circle = (file: string, way: readonly string[]): readonly string[] | undefined => {
      if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
      if (done.has(file)) return undefined;
      for (const to of next.get(file) ?? []) {
        const found = circle(to, [...way, file]);
        if (found !== undefined) return found;
      }
      done.add(file);
      return undefined;
    };

    expect(steps.map((file) => circle(file, [])).find((found) => found !== undefined)).toBeUndefined();
  });

  test("the product knows nothing of the sandbox", () => {
    expect(imports.filter(({ to }) => isIn(to, "sandbox")).map(say)).toEqual([]);
  });

  test("clients reach only the programs' main.ts, in the sandbox too", () => {
    const users = [...steps, ...sandbox]
      .flatMap(importsOf)
      .filter(({ to, from }) => isIn(to, "steps/lib/clients") && !isIn(from, "steps/lib/clients"));

    expect(users.filter(({ from }) => !/^steps\/[^/]+\/main\.ts$/.test(from)).map(say)).toEqual([]);
  });

  test("every program is one folder with main.ts, config.ts and step.ts", () => {
    const folders = readdirSync(join(ROOT, "steps")).filter((name) => name !== "lib");

    expect(folders.sort()).toEqual(STEPS);
    for (const step of STEPS) {
      for (const file of ["main.ts", "config.ts", "step.ts"]) {
        expect(steps).toContain(join("steps", step, file));
      }
    }
  });

  test("there are no index files that hide where a thing is", () => {
    expect([...steps, ...sandbox].filter((file) => /\/index\.ts$/.test(file))).toEqual([]);
  });
});

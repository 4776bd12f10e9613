// Writes the tables of the Tasks' and the Pipeline's READMEs from their YAML. With --check it only says which are out of date.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

const root = fileURLToPath(new URL("..", import.meta.url));

const cell = (text) => String(text).replaceAll("|", "\\|").replaceAll("<", "&lt;");
const code = (text) => `\`${text}\``;

/** A Markdown table; `columns` maps a heading to the function that gives its cell. */
function table(rows, columns) {
  const line = (cells) => `| ${cells.map(cell).join(" | ")} |`;
  const headings = Object.keys(columns);
  return [
    line(headings),
    line(headings.map(() => "---")),
    ...rows.map((row) => line(Object.values(columns).map((content) => content(row)))),
  ].join("\n");
}

const byDefault = (param) => {
  if (param.default === undefined) return "required";
  return param.default === "" ? "" : code(param.default);
};

const described = { name: (row) => code(row.name), description: (row) => row.description };

/** Names of the tasks that get a param or a workspace of the Pipeline. */
const users = (spec, uses) =>
  [...spec.tasks, ...spec.finally]
    .filter(uses)
    .map((task) => task.name)
    .join(", ");

function taskTables({ spec }) {
  return {
    params: table(spec.params, { ...described, default: byDefault }),
    workspaces: table(spec.workspaces ?? [], {
      ...described,
      optional: (row) => (row.optional ? "yes" : "no"),
    }),
    results: table(spec.results ?? [], described),
  };
}

function pipelineTables({ spec }) {
  const passes = (name) => (task) => task.params.some((param) => param.value.includes(`$(params.${name})`));
  return {
    params: table(spec.params, {
      ...described,
      default: byDefault,
      "used by": (row) => users(spec, passes(row.name)),
    }),
    results: table(spec.results, { ...described, from: (row) => code(row.value) }),
    tasks: table([...spec.tasks, ...spec.finally], {
      task: (row) => `[${row.name}](../../tasks/${row.name}/README.md)`,
      "runs when": (row) => (spec.finally.includes(row) ? "always, at the end" : guard(row)),
      timeout: (row) => row.timeout,
    }),
  };
}

const guard = ({ when }) =>
  when === undefined ? "first" : when.map(({ values }) => `next is ${values.join(" or ")}`).join(" and ");

/** `readme` with the text between each pair of markers replaced by the table of that name. */
function filled(readme, tables, path) {
  return readme.replace(/<!-- (\w+) -->\n[\s\S]*?<!-- \/\1 -->/g, (_all, name) => {
    if (tables[name] === undefined)
      throw new Error(`${path} has a marker "${name}", but there is no such table`);
    return `<!-- ${name} -->\n${tables[name]}\n<!-- /${name} -->`;
  });
}

const folders = ["tasks", "pipelines"].flatMap((kind) =>
  readdirSync(root + kind, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ folder: `${kind}/${name}`, name })),
);

const stale = [];
for (const { folder, name } of folders) {
  const object = parse(readFileSync(`${root}${folder}/${name}.yaml`, "utf8"));
  const path = `${folder}/README.md`;
  const before = readFileSync(root + path, "utf8");
  const after = filled(
    before,
    object.kind === "Pipeline" ? pipelineTables(object) : taskTables(object),
    path,
  );
  if (after === before) continue;
  stale.push(path);
  if (!process.argv.includes("--check")) writeFileSync(root + path, after);
}

if (process.argv.includes("--check") && stale.length > 0) {
  console.error(`out of date, run "node scripts/tables.mjs": ${stale.join(", ")}`);
  process.exitCode = 1;
}

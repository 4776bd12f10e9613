/** `demo`: plays a scenario as a story in the terminal and leaves it as a page. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { realClock } from "../../steps/lib/process/clock.ts";
import { readScenario } from "../scenario/read.ts";
import { howLong, runScenario, type ScenarioResult } from "../scenario/run.ts";
import { type Colours, colours } from "../scenario/terminal.ts";
import { narrator } from "./narrator.ts";
import { page } from "./page.ts";
import { chooseStory, STORIES } from "./stories.ts";
import { storyOf } from "./story-of.ts";

export const USAGE = `npm run demo -- [STORY] [--interval S]

${STORIES.map(({ name, about }) => `  ${name.padEnd(16)}${about}`).join("\n")}
  --interval S    seconds between two checks of an experiment (2); not for evidence`;

/** Exit code: 0 when the story came out as it should, 1 when not, 2 when there is no such story. */
export async function demoCommand(args: readonly string[], root: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { interval: { type: "string" } },
  });
  const choice = chooseStory(positionals, values.interval);
  if (choice.kind === "problem") {
    console.error(`${choice.problem}\n\n${USAGE}`);
    return 2;
  }
  const { story, intervalS } = choice;
  const { name, path, preface } = story;
  const source = await readFile(join(root, path), "utf8");
  const reading = readScenario(intervalS === undefined ? source : withInterval(source, intervalS), path);
  if (!reading.ok) throw new Error(reading.problems.join("\n"));
  const file = reading.scenario;
  const paint = colours(process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined);
  const clock = realClock();
  console.log(paint.bold(file.description));
  console.log(
    paint.dim(
      "A cluster, a mesh, Prometheus and a forge start in this process; the pipeline is the real one.",
    ),
  );
  if (preface.length > 0) console.log("");
  for (const line of preface) console.log(line);
  const teller = narrator(clock, paint, (line) => console.log(line));
  const result = await runScenario(file, { root, clock, tell: teller.tell, watch: teller.watch });
  for (const line of ending(result, paint)) console.log(line);
  const report = join(root, "reports", `${name}.html`);
  await mkdir(join(root, "reports"), { recursive: true });
  await writeFile(report, page(storyOf(file, result)));
  console.log(`\nAs a page: ${relative(process.cwd(), report)}`);
  return result.record.passed ? 0 : 1;
}

/** The commits with their marks, newest first, as a forge shows them; then what went wrong, if anything. */
function ending({ record, steps }: ScenarioResult, paint: Colours): readonly string[] {
  const commits = [...steps].reverse().flatMap(({ title, findings }) => {
    const status = findings.record.statuses.at(-1);
    const marks: Readonly<Record<string, string>> = { success: paint.green("✓"), pending: paint.yellow("•") };
    const mark = status === undefined ? " " : (marks[status.state] ?? paint.red("✗"));
    return [
      `  ${mark} ${paint.yellow(findings.record.revision.slice(0, 7))} ${paint.bold(title)}`,
      `            ${status === undefined ? "no status" : status.description}`,
    ];
  });
  const problems = [...record.violations, ...record.failures];
  return [
    "",
    paint.bold("$ git log    with what the pipeline told each commit"),
    ...commits,
    "",
    problems.length === 0
      ? paint.green(`The story came out as it should, in ${howLong(record)}.`)
      : paint.red(`The story did not come out as it should:`),
    ...problems.map((problem) => `  ${paint.red("✗")} ${problem}`),
  ];
}

function withInterval(source: string, seconds: number): string {
  return source.replace(/^(\s*interval:) .*$/gm, `$1 ${seconds}s`);
}

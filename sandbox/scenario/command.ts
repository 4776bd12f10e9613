/** `scenario FILE...`: runs scenario files side by side and reports on each when it is over. */
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { stringify } from "yaml";
import { realClock } from "../../steps/lib/process/clock.ts";
import { page } from "../demo/page.ts";
import { storyOf } from "../demo/story-of.ts";
import { type Reading, readScenario } from "./read.ts";
import { report } from "./report.ts";
import { runScenario, type ScenarioResult } from "./run.ts";
import type { ScenarioFile } from "./schema.ts";
import { colours } from "./terminal.ts";

export const USAGE = `npm run scenario -- FILE... [--json OUT] [--keep DIR] [--parallel N] [--log]

  --json OUT      write the records to OUT
  --keep DIR      keep logs, objects and a page of each scenario in DIR
  --parallel N    run so many side by side (3)
  --log           print every line that the step programs print`;

/** Exit code: 0 when all passed, 1 when one did not, 2 when there was nothing to run. */
export async function scenarioCommand(args: readonly string[], root: string): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "string" },
      keep: { type: "string" },
      parallel: { type: "string", default: "3" },
      log: { type: "boolean", default: false },
    },
  });
  const parallel = Number(values.parallel);
  const wrong =
    positionals.length === 0
      ? "no scenario file is named"
      : !Number.isInteger(parallel) || parallel < 1
        ? `--parallel ${values.parallel}: must be a whole number from 1 on`
        : undefined;
  if (wrong !== undefined) {
    console.error(`${wrong}\n\n${USAGE}`);
    return 2;
  }
  const files = await readAll(positionals);
  if (files === undefined || !(await canWrite(values))) return 2;
  const paint = colours(process.stdout.isTTY === true && process.env["NO_COLOR"] === undefined);
  const progress = liveLine();
  const results = await inParallel(files, parallel, async (file): Promise<ScenarioResult> => {
    const result = await runScenario(file, {
      root,
      clock: realClock(),
      tell: (text) => progress.say(file.name, text),
      watch: ({ onlooker }) => {
        if (!values.log) return;
        onlooker.listen((one) => {
          if (one.kind === "output") progress.print(`${file.name}  ${one.source}  ${one.text}`);
        });
      },
    });
    progress.done(file.name);
    progress.print(report(result, paint));
    if (values.keep !== undefined) await keep(join(values.keep, file.name), file, result);
    return result;
  });
  progress.end();
  const records = results.map(({ record }) => record);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(records, undefined, 2)}\n`);
  const failed = records.filter(({ passed }) => !passed);
  console.log(
    failed.length === 0
      ? paint.green(`${records.length} of ${records.length} passed`)
      : paint.red(
          `${failed.length} of ${records.length} failed: ${failed.map(({ scenario }) => scenario).join(", ")}`,
        ),
  );
  return failed.length === 0 ? 0 : 1;
}

/** Says what cannot be written before anything is played. */
async function canWrite(out: {
  readonly json?: string | undefined;
  readonly keep?: string | undefined;
}): Promise<boolean> {
  try {
    if (out.json !== undefined) await appendFile(out.json, "");
    if (out.keep !== undefined) await mkdir(out.keep, { recursive: true });
    return true;
  } catch (error) {
    console.error(`--json and --keep must be writable: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

async function readAll(paths: readonly string[]): Promise<readonly ScenarioFile[] | undefined> {
  const readings = await Promise.all(
    paths.map(async (path): Promise<Reading> => {
      try {
        return readScenario(await readFile(path, "utf8"), path);
      } catch (error) {
        return { ok: false, problems: [`${path} cannot be read: ${whyUnreadable(error)}`] };
      }
    }),
  );
  const problems = readings.flatMap((one) => (one.ok ? [] : one.problems));
  for (const problem of problems) console.error(problem);
  return problems.length > 0 ? undefined : readings.flatMap((one) => (one.ok ? [one.scenario] : []));
}

/** For people. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EISDIR") return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}

async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next;
      next += 1;
      const item = items[index];
      if (item !== undefined) results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** Everything that was seen of a scenario, for whoever looks for the reason of a failure. */
export async function keep(folder: string, file: ScenarioFile, result: ScenarioResult): Promise<void> {
  await mkdir(folder, { recursive: true });
  const start = result.sightings[0]?.at ?? 0;
  const time = (at: number) => ((at - start) / 1000).toFixed(2).padStart(7);
  const log = result.sightings.flatMap((one) =>
    one.kind === "output" ? [`${time(one.at)}  ${one.source}  ${one.text}`] : [],
  );
  const seen = result.sightings.flatMap((one) => {
    if (one.kind === "object") return [`${time(one.at)}  ${one.change} ${JSON.stringify(one.object)}`];
    return one.kind === "output" ? [] : [`${time(one.at)}  ${JSON.stringify(one)}`];
  });
  await Promise.all([
    writeFile(join(folder, "record.json"), `${JSON.stringify(result.record, undefined, 2)}\n`),
    writeFile(join(folder, "log.txt"), `${log.join("\n")}\n`),
    writeFile(join(folder, "seen.txt"), `${seen.join("\n")}\n`),
    writeFile(join(folder, "experiments.yaml"), stringify(result.record.experiments)),
    writeFile(join(folder, `${basename(folder)}.html`), page(storyOf(file, result))),
  ]);
}

/** On a terminal, one line that is written over and over; elsewhere nothing but what is printed. */
function liveLine() {
  const live = process.stderr.isTTY === true;
  const doing = new Map<string, string>();
  const draw = () => {
    if (!live) return;
    const width = process.stderr.columns ?? 80;
    const text = [...doing].map(([name, what]) => `${name}: ${what}`).join("  |  ");
    process.stderr.write(`\r\u001b[2K${text.slice(0, width - 1)}`);
  };
  const clear = () => {
    if (live) process.stderr.write("\r\u001b[2K");
  };
  return {
    say(name: string, what: string) {
      doing.set(name, what);
      draw();
    },
    done(name: string) {
      doing.delete(name);
    },
    print(text: string) {
      clear();
      console.log(text);
      draw();
    },
    end: clear,
  };
}

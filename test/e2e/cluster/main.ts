/** `npm run cluster -- up | down | status | logs [PART] | kubectl ...` */
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { down, MachineLacks, OtherAtWork, type State, toBuild, up, whatRuns } from "./cluster.ts";
import { endWhenInterrupted } from "./interrupted.ts";
import { cacheFolder, layoutOf } from "./layout.ts";
import { duration } from "./progress.ts";

const USAGE = `npm run cluster -- up [--scrape-interval SECONDS]   build what is missing, start the cluster
npm run cluster -- down                             end it; only the cache stays
npm run cluster -- cached                           exit code 0 when up has nothing to build
npm run cluster -- status                           addresses, and which parts run
npm run cluster -- logs [PART]                      the end of each part's log, or all of one
npm run cluster -- kubectl ...                      kubectl as its administrator`;

/** Gives the exit code: 0 done, 1 it could not be done, 2 not understood. */
export async function main(argv: readonly string[], root: string): Promise<number> {
  const [command = "", ...rest] = argv;
  try {
    switch (command) {
      case "up":
        return await bringUp(root, rest);
      case "down":
        return await bringDown();
      case "cached":
        return (await toBuild(root)).length === 0 ? 0 : 1;
      case "status":
        return await showStatus();
      case "logs":
        return await showLogs(rest[0]);
      case "kubectl":
        return await runKubectl(rest);
      default:
        console.error(command === "" ? USAGE : `There is no command ${command}.\n${USAGE}`);
        return 2;
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}

async function bringUp(root: string, args: readonly string[]): Promise<number> {
  const scrapeIntervalSeconds = intervalOf(args);
  const start = Date.now();
  try {
    const running = await up(root, {
      scrapeIntervalSeconds,
      report: (line) => console.log(line),
      onBegin: () => endWhenInterrupted(root),
    });
    console.log(`The cluster is up after ${duration(Date.now() - start)}.\n${describe(running)}`);
    return 0;
  } catch (error) {
    if (!(error instanceof MachineLacks || error instanceof OtherAtWork)) {
      console.error(`${error instanceof Error ? error.message : error}`);
      console.error("npm run cluster -- logs shows more; npm run cluster -- down cleans up.");
      return 1;
    }
    throw error;
  }
}

function intervalOf(args: readonly string[]): number {
  const { values } = parseArgs({
    args: [...args],
    options: { "scrape-interval": { type: "string", default: "5" } },
  });
  const text = values["scrape-interval"];
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 300) {
    throw new Error(
      `--scrape-interval is ${JSON.stringify(text)}; a whole number of seconds from 1 to 300 is allowed.`,
    );
  }
  return seconds;
}

async function bringDown(): Promise<number> {
  const start = Date.now();
  await down();
  console.log(`The cluster is down after ${duration(Date.now() - start)}.`);
  return 0;
}

async function showStatus(): Promise<number> {
  const running = await whatRuns();
  if (running === undefined) {
    console.log("There is no cluster that is up.");
    return 1;
  }
  console.log(describe(running));
  const dead = Object.entries(running.parts).filter(([, alive]) => !alive);
  if (dead.length > 0) console.log(`not running  ${dead.map(([name]) => name).join(", ")}`);
  return dead.length === 0 ? 0 : 1;
}

function describe(running: State): string {
  return [
    `kubeconfig   ${running.kubeconfig}`,
    `gateway      ${running.gateway}`,
    `dashboard    ${running.dashboard}`,
    `prometheus   ${running.prometheus} (scrapes every ${running.scrapeIntervalSeconds} s)`,
    `registry     ${running.registry}`,
    `host         ${running.hostAddress} as pods see it`,
    `tkn          ${running.tkn}`,
    `logs         ${running.logs}`,
  ].join("\n");
}

async function showLogs(part: string | undefined): Promise<number> {
  const { logs } = layoutOf(cacheFolder());
  const builds = join(cacheFolder(), "build-logs");
  const files = (await Promise.all([logs, builds].map(logFiles))).flat();
  const wanted = part === undefined ? files : files.filter((file) => file.endsWith(`/${part}.log`));
  if (wanted.length === 0) {
    console.error(part === undefined ? "There are no logs." : `There is no log of ${part}.`);
    return 1;
  }
  for (const file of wanted) {
    const text = (await readFile(file, "utf8")).trimEnd();
    if (text === "") continue;
    console.log(`==> ${file}\n${part === undefined ? text.split("\n").slice(-5).join("\n") : text}`);
  }
  return 0;
}

async function logFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => name.endsWith(".log"))
    .sort()
    .map((name) => join(folder, name));
}

async function runKubectl(args: readonly string[]): Promise<number> {
  const running = await whatRuns();
  if (running === undefined) throw new Error("There is no cluster: npm run cluster -- up starts one.");
  const child = spawn(running.kubectl, [`--kubeconfig=${running.kubeconfig}`, ...args], { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

/** Spreads the runs over threads: this file's program is started again in each of them. */
import { fileURLToPath } from "node:url";
import { parentPort, Worker } from "node:worker_threads";
import { merge, type Summary } from "./outcome.ts";
import { play } from "./play.ts";
import { ROWS } from "./rows.ts";

/** Runs `first` to `first + runs - 1` of a row. */
interface Job {
  readonly row: number;
  readonly first: number;
  readonly runs: number;
}

const THREADS = 2;
const BLOCK = 100;

/** Per row of ROWS a summary per rule. */
export async function playAll(runs: number): Promise<readonly (readonly Summary[])[]> {
  const jobs = ROWS.flatMap((_, row) =>
    Array.from({ length: Math.ceil(runs / BLOCK) }, (_, block): Job => {
      const first = block * BLOCK;
      return { row, first, runs: Math.min(BLOCK, runs - first) };
    }),
  );
  const totals: (readonly Summary[] | undefined)[] = ROWS.map(() => undefined);
  const add = (row: number, summaries: readonly Summary[]) => {
    const before = totals[row];
    totals[row] = summaries.map((summary, rule) => {
      const earlier = before?.[rule];
      return earlier === undefined ? summary : merge(earlier, summary);
    });
  };
  await Promise.all(Array.from({ length: THREADS }, () => work(jobs, add)));
  return totals.map((total) => total ?? []);
}

/** One thread takes jobs until none are left. */
function work(jobs: Job[], add: (row: number, summaries: readonly Summary[]) => void): Promise<void> {
  const worker = new Worker(fileURLToPath(import.meta.url));
  return new Promise((resolve, reject) => {
    let job: Job | undefined;
    const next = () => {
      job = jobs.shift();
      if (job === undefined) void worker.terminate().then(() => resolve());
      else worker.postMessage(job);
    };
    worker.on("message", (summaries: readonly Summary[]) => {
      if (job !== undefined) add(job.row, summaries);
      next();
    });
    worker.on("error", reject);
    next();
  });
}

/** What a thread does. */
export function serve(): void {
  parentPort?.on("message", ({ row, first, runs }: Job) => {
    const played = ROWS[row];
    if (played === undefined) throw new Error(`there is no row ${row}`);
    parentPort?.postMessage(play(played, first, runs));
  });
}

/** The tables of the steps: how they start, their memory, and what they ask. Pure. */
import type { Observations } from "./observations.ts";
import { type TaskRequests, totalOf } from "./requests.ts";
import { grouped, spreadOf } from "./spread.ts";
import { cells, seconds, section, sum, table } from "./table.ts";

const LOOP = "wait-and-cleanup";
/** A rate over less than that says nothing. */
const LONG_SECONDS = 1;
/** Rows of what the loop asks. */
const MOST = 8;

export function startUp({ startUps }: Observations): readonly string[] {
  if (startUps.length === 0) return [];
  const rows = perStep(
    startUps,
    seconds,
    ({ podMs }) => podMs,
    ({ lineMs }) => lineMs,
  );
  return section(
    "Start of the steps",
    table(
      ["task / step", "runs", "pod to turn: median, s", "max, s", "turn to first line: median, s", "max, s"],
      rows,
    ),
    "All containers of a pod start together, and each step waits for its turn. Up to the first line are Node, our program, and what it does before it has something to say: a commit status is said when it is set.",
  );
}

export function stepMemory({ memory }: Observations): readonly string[] {
  if (memory.length === 0) return [];
  const rows = perStep(
    memory,
    mebibytes,
    ({ anonymous }) => anonymous,
    ({ peak }) => peak,
  );
  return section(
    "Memory of the steps",
    table(
      ["task / step", "runs", "own: median, MiB", "max, MiB", "with files: median, MiB", "max, MiB"],
      rows,
    ),
    "From the container's cgroup, five times a second. Own memory is what is no copy of a file, the highest sample; with files it is the highest value that the kernel kept, of which it takes files back before it kills.",
  );
}

export function requests({ requests: all }: Observations): readonly string[] {
  if (all.length === 0) return [];
  const rows = grouped(all, ({ task }) => task).map(([task, pods]) => {
    const time = sum(pods.map((one) => one.seconds));
    const isLong = time / pods.length >= LONG_SECONDS;
    return [
      task,
      String(pods.length),
      ...cells(spreadOf(pods.map(totalOf)), String, ["median", "max"]),
      ...cells(spreadOf(pods.map((one) => one.seconds)), (value) => value.toFixed(1), ["median"]),
      isLong ? (sum(pods.map(totalOf)) / time).toFixed(1) : "",
    ];
  });
  return section(
    "Requests to the API server",
    table(["task", "pods", "requests: median", "max", "seconds: median", "requests a second"], rows),
    ...loopRequests(all.filter(({ task }) => task === LOOP)),
    "From the API server's audit log, by the pod whose token asked, from its first request to its last.",
  );
}

/** What the loop asks most. */
function loopRequests(pods: readonly TaskRequests[]): readonly string[] {
  const time = sum(pods.map((one) => one.seconds));
  if (time === 0) return [];
  const counts = grouped(
    pods.flatMap((one) => Object.entries(one.requests)),
    ([what]) => what,
  ).map(([what, some]) => ({ what, count: sum(some.map(([, count]) => count)) }));
  const most = counts.sort((one, other) => other.count - one.count).slice(0, MOST);
  const rows = most.map(({ what, count }) => [what, (count / time).toFixed(2), String(count)]);
  return [table([`request of ${LOOP}`, "a second", "requests"], rows)];
}

interface OfStep {
  readonly task: string;
  readonly step: string;
}

/** A row for each step: how often it was measured, then median and maximum of each value. */
function perStep<T extends OfStep>(
  measured: readonly T[],
  say: (value: number) => string,
  ...values: readonly ((one: T) => number | undefined)[]
): readonly (readonly string[])[] {
  return grouped(measured, nameOf).map(([name, all]) => [
    name,
    String(all.length),
    ...values.flatMap((value) => cells(spreadOf(defined(all.map(value))), say, ["median", "max"])),
  ]);
}

const nameOf = ({ task, step }: OfStep) => (task === step ? task : `${task} / ${step}`);
const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
const defined = (values: readonly (number | undefined)[]) => values.filter((one) => one !== undefined);

/** The tables of what users get: the way of a push to them, and changes of weight. Pure. */
import { MOMENTS } from "./first-request.ts";
import type { Observations } from "./observations.ts";
import { grouped, spreadOf } from "./spread.ts";
import { cells, counted, SPREAD, seconds, section, sum, table } from "./table.ts";
import type { Following } from "./traffic.ts";

export function firstRequest({ firstRequests }: Observations): readonly string[] {
  if (firstRequests.length === 0) return [];
  const row = (name: string, values: readonly number[]) => [name, ...cells(spreadOf(values), seconds)];
  const rows = MOMENTS.map((name, index) =>
    row(
      `to ${name}`,
      firstRequests.map(({ parts }) => parts[index] ?? 0),
    ),
  );
  const all = firstRequests.map(({ parts }) => sum(parts));
  return section(
    "From the webhook to the candidate's first request",
    table(["part", ...SPREAD.map((one) => `${one}, s`)], [...rows, row("all", all)]),
    `${counted(firstRequests.length, "push", "pushes")} that no other release was in the way of; each part begins where the one before it ends. The last moment is when the user had the reply.`,
  );
}

export function following({ followings }: Observations): readonly string[] {
  if (followings.length === 0) return [];
  const row = (name: string, all: readonly Following[]) => [
    name,
    String(all.length),
    ...cells(spreadOf(all.map(({ ms }) => ms)), milliseconds, ["median", "max"]),
    ...cells(spreadOf(all.map(({ gapMs }) => gapMs)), milliseconds, ["median"]),
  ];
  const of = (wanted: Following["way"]) => followings.filter(({ way }) => way === wanted);
  return section(
    "From a weight's write to the traffic",
    table(
      ["", "changes", "median, ms", "max, ms", "between two requests, ms"],
      [
        row("to the first request of a version that had none", of("arrives")),
        row("to the last one of a version that lost all", of("leaves")),
      ],
    ),
    "From when the API server got the write to when the user sent the request. The last column is how far apart the requests are that can show it, on average: nothing finer can be seen, and at small weights most of the time is this. A change between two weights above 0 is shown by no single request.",
  );
}

export function losses({ windows }: Observations): readonly string[] {
  if (windows.length === 0) return [];
  const ordered = [...windows].sort((one, other) => one.from - other.from || one.to - other.to);
  const rows = grouped(ordered, ({ from, to }) => `${from} to ${to}`).map(([name, all]) => [
    name,
    String(all.length),
    String(sum(all.map((one) => one.requests))),
    String(sum(all.map((one) => one.failed))),
  ]);
  return section(
    "Users' errors at changes of weight",
    table(["candidate's weight, percent", "changes", "requests", "failed"], rows),
    "Requests sent from 1 s before a change to 3 s after it; no answer and status 500 and above are failures. Versions that are made to fail are left out.",
  );
}

const milliseconds = (ms: number) => ms.toFixed(0);

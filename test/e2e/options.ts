/** The command line of `npm run e2e`. Pure. */
import { parseArgs } from "node:util";
import type { Given } from "./world/given-ground.ts";

export const USAGE = `npm run e2e -- [FILE...] [--keep DIR] [--parallel N] [--write FILE] [--pictures] [--leave-up]
npm run e2e -- [FILE...] --kubeconfig FILE --host ADDRESS [--prometheus URL] [--load COMMAND]

  FILE              scenario files (all of test/e2e/scenarios and test/scenarios)
  --keep DIR        keep logs, objects and a page of each scenario in DIR
  --parallel N      play so many side by side (3); two that take minutes count as one
  --write FILE      write what was measured into the block of FILE that is for it
  --pictures        take pictures of the tutorial in the Dashboard, for docs/pictures
  --leave-up        do not end the cluster that was started for this

  --kubeconfig FILE a cluster of yours, with Tekton, Triggers, Istio and Prometheus, instead of one that is started
  --host ADDRESS    this machine's address as the cluster's pods see it
  --prometheus URL  as the cluster's pods see it (http://prometheus.istio-system:9090)
  --load COMMAND    gives its nodes an image archive, {} stands for the file (kind load image-archive {})`;

export interface Options {
  readonly files: readonly string[];
  readonly keep: string | undefined;
  readonly parallel: number;
  /** The page that gets the figures. */
  readonly write: string | undefined;
  readonly pictures: boolean;
  readonly leaveUp: boolean;
  /** Undefined: the cluster of `npm run cluster`. */
  readonly given: Given | undefined;
}

export type Reading =
  | { readonly kind: "options"; readonly options: Options }
  | { readonly kind: "help" }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

/** Everything that is wrong is said at once. */
export function readOptions(argv: readonly string[]): Reading {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(argv);
  } catch (error) {
    return { kind: "problems", problems: [error instanceof Error ? error.message : String(error)] };
  }
  const { values, positionals: files } = parsed;
  if (values.help) return { kind: "help" };
  const parallel = Number(values.parallel);
  const { kubeconfig, host } = values;
  const ofGiven = (["host", "prometheus", "load"] as const).filter((name) => values[name] !== undefined);
  const problems = [
    ...(Number.isInteger(parallel) && parallel >= 1
      ? []
      : [`--parallel is ${JSON.stringify(values.parallel)}; a whole number from 1 is allowed.`]),
    ...(kubeconfig === undefined && ofGiven.length > 0
      ? [`--${ofGiven.join(", --")}: only together with --kubeconfig.`]
      : []),
    ...(kubeconfig !== undefined && values.write !== undefined
      ? ["--write: what is measured on a cluster of yours is not for the project's pages."]
      : []),
    ...(kubeconfig !== undefined && values.pictures
      ? ["--pictures are taken in the Dashboard of the cluster that is started here."]
      : []),
    ...(kubeconfig !== undefined && host === undefined
      ? ["--kubeconfig needs --host, the address at which the cluster's pods find this machine."]
      : []),
  ];
  if (problems.length > 0) return { kind: "problems", problems };
  const given =
    kubeconfig === undefined || host === undefined
      ? undefined
      : {
          kubeconfig,
          hostAddress: host,
          prometheusUrl: values.prometheus ?? "http://prometheus.istio-system:9090",
          load: values.load ?? "kind load image-archive {}",
        };
  const { keep, write, pictures, "leave-up": leaveUp } = values;
  return { kind: "options", options: { files, keep, parallel, write, pictures, leaveUp, given } };
}

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      keep: { type: "string" },
      write: { type: "string" },
      pictures: { type: "boolean", default: false },
      parallel: { type: "string", default: "3" },
      "leave-up": { type: "boolean", default: false },
      kubeconfig: { type: "string" },
      host: { type: "string" },
      prometheus: { type: "string" },
      load: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
}

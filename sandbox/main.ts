/** The sandbox's commands. `scripts/sandbox.mjs` builds this file and calls `main`. */
import { USAGE as DEMO, demoCommand } from "./demo/command.ts";
import { USAGE as SCENARIO, scenarioCommand } from "./scenario/command.ts";

/** `args` is the command line after the program; `root` the repository's folder. Returns the exit code. */
export async function main(args: readonly string[], root: string): Promise<number> {
  const [command, ...rest] = args;
  const usage = command === "demo" ? DEMO : command === "scenario" ? SCENARIO : `${DEMO}\n\n${SCENARIO}`;
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    return 0;
  }
  // What was started ends with this process, but only when it ends by itself.
  for (const [signal, code] of [
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)
    process.once(signal, () => process.exit(code));
  try {
    if (command === "demo") return await demoCommand(rest, root);
    if (command === "scenario") return await scenarioCommand(rest, root);
  } catch (error) {
    const misused =
      error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
    // Node adds advice on how to pass a file of that name.
    console.error(misused ? `${error.message.split(". ", 1)[0]}.\n\n${usage}` : error);
    return 2;
  }
  console.error(usage);
  return 2;
}

/** What is read of the steps' output, and what is said when it cannot be read. */
import { describe, expect, test } from "vitest";
import { CommandFailed } from "../e2e/cluster/command.ts";
import { createLogs } from "../e2e/world/logs.ts";

const OVER = {
  apiVersion: "tekton.dev/v1",
  kind: "TaskRun",
  metadata: {
    name: "web-1-wait-and-cleanup",
    namespace: "tekton-canary",
    uid: "u1",
    labels: { "tekton.dev/pipelineRun": "web-1", "tekton.dev/pipelineTask": "wait-and-cleanup" },
  },
  status: {
    completionTime: "2026-11-21T12:00:00Z",
    podName: "web-1-wait-and-cleanup-pod",
    steps: [{ name: "wait-and-cleanup", container: "step-wait-and-cleanup" }],
  },
};

/** Answers of kubectl in their order; an answer that is an error is thrown. */
async function read(...answers: readonly (string | Error)[]) {
  const lines: string[] = [];
  const problems: string[] = [];
  const left = [...answers];
  const logs = createLogs(
    async () => {
      const answer = left.shift() ?? "";
      if (answer instanceof Error) throw answer;
      return answer;
    },
    { line: ({ text }) => lines.push(text), problem: (text) => problems.push(text) },
  );
  logs.note(OVER);
  await logs.complete();
  return { lines, problems };
}

const failed = (output: string) => new CommandFailed("kubectl logs", "exit code 1", output);

describe("the output of a step that is over", () => {
  test("is told line by line", async () => {
    const text = "2026-11-21T11:59:58Z Candidate web-2 is available\n2026-11-21T11:59:59Z Promoted web-2\n";
    expect(await read(text)).toEqual({
      lines: ["Candidate web-2 is available", "Promoted web-2"],
      problems: [],
    });
  });

  test.each([
    'Error from server (NotFound): pods "web-1-wait-and-cleanup-pod" not found',
    'container "step-wait-and-cleanup" in pod "web-1" is waiting to start: PodInitializing',
  ])("is nothing when there is none: %s", async (output) => {
    expect(await read(failed(output))).toEqual({ lines: [], problems: [] });
  });

  test("is read once more at the end when the API server was away", async () => {
    const away = failed("The connection to the server 10.212.0.2:6443 was refused");
    expect(await read(away, "2026-11-21T11:59:59Z Promoted web-2\n")).toEqual({
      lines: ["Promoted web-2"],
      problems: [],
    });
  });

  test("that cannot be read is a problem: nobody looked for secrets in it", async () => {
    const away = failed("The connection to the server 10.212.0.2:6443 was refused");
    const { lines, problems } = await read(away, away);
    expect(lines).toEqual([]);
    expect(problems).toEqual([
      expect.stringMatching(/^the output of web-1-wait-and-cleanup was not read: .*refused/s),
    ]);
  });
});

/** Pictures of runs in the Dashboard: which, of what, and what is said when there can be none. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Place, World } from "../../sandbox/scenario/world.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { findBrowser, NoBrowser, withPage } from "../e2e/pictures/browser.ts";
import { addressOf, type Shot, showEnd } from "../e2e/pictures/dashboard.ts";
import { connect } from "../e2e/pictures/devtools.ts";
import { endsOf } from "../e2e/pictures/ends.ts";
import { withPictures } from "../e2e/pictures/pictures.ts";
import { scriptedServer } from "../steps/lib/clients/scripted-server.ts";

describe("the browser", () => {
  test("is the first of its names on the PATH", async () => {
    const folder = await mkdtemp(join(tmpdir(), "browser-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "chromium"), "");
    await writeFile(join(folder, "google-chrome"), "");
    expect(findBrowser(["/nowhere", folder].join(delimiter))).toBe(join(folder, "chromium"));
  });

  test("that is missing is named, with its cure", () => {
    expect(() => findBrowser("/nowhere")).toThrow(NoBrowser);
    expect(() => findBrowser("/nowhere")).toThrow("Debian: apt-get install chromium");
  });
});

describe("what is asked of the browser", () => {
  /** Answers as a browser does, "greet" in pieces that end inside a letter, and ends when it is told to. */
  const BROWSER = `
    const { createReadStream, writeSync } = require("node:fs");
    const results = {
      "Target.createTarget": { targetId: "tab" }, "Target.attachToTarget": { sessionId: "here" }, greet: { text: "Grüße" },
    };
    createReadStream("", { fd: 3 }).on("data", (data) => {
      for (const text of data.toString().split("\\0").filter(Boolean)) {
        const { id, method, sessionId } = JSON.parse(text);
        if (method === "end") process.exit(7);
        const result = { ...results[method], sessionId: sessionId ?? results[method]?.sessionId };
        const answer = method === "fail" ? { id, error: { message: "cannot" } } : { id, result };
        for (const byte of Buffer.from(JSON.stringify({ method: "event" }) + "\\0" + JSON.stringify(answer) + "\\0"))
          writeSync(4, Buffer.of(byte));
      }
    });
  `;

  async function openedPage() {
    const stdio = ["ignore", "ignore", "inherit", "pipe", "pipe"] as const;
    const child = spawn(process.execPath, ["-e", BROWSER], { stdio: [...stdio] });
    onTestFinished(() => void child.kill());
    return await connect(child).openPage();
  }

  test("goes to its page, and the answer is told from events and other answers", async () => {
    const call = await openedPage();
    const [greeting, other] = await Promise.all([call("greet"), call("else")]);
    expect(greeting).toEqual({ text: "Grüße", sessionId: "here" });
    expect(other).toEqual({ sessionId: "here" });
  });

  test("fails with what the browser says, and when the browser ends", async () => {
    const call = await openedPage();
    await expect(call("fail")).rejects.toThrow("fail: cannot");
    await expect(call("end")).rejects.toThrow("the browser ended (exit code 7)");
    await expect(call("greet")).rejects.toThrow("the browser ended");
  });
});

test("the Dashboard's page of a run has the log of a step open", () => {
  const run = { namespace: "ci", pipelineRun: "web-1", pipelineTask: "wait", step: "loop" };
  expect(addressOf({ dashboard: "http://dashboard:9097", ...run })).toBe(
    "http://dashboard:9097/#/namespaces/ci/pipelineruns/web-1?pipelineTask=wait&step=loop",
  );
});

describe.skipIf(!hasBrowser())("a picture of the Dashboard's page", () => {
  /** Loads its log again when the menu is closed, and when it is told to. */
  const DASHBOARD = `<!doctype html><body>
    <button class="cds--header__menu-toggle cds--header__action--active" onclick="className = ''; load()">menu</button>
    <div class="tkn--pipeline-run-header" data-succeeded="True">web-1</div>
    <div class="tkn--log-container"><pre class="tkn--log"></pre></div>
    <script>
      const log = document.querySelector("pre");
      function load() {
        log.innerHTML = "<p class='cds--skeleton__text'></p>";
        setTimeout(() => { log.innerHTML = "web-1 was promoted.<span class='tkn--log-trailer'></span>"; }, 200);
      }
      load();
    </script>`;

  test("is of a log that is there, though the Dashboard loads it again and again", async () => {
    await using server = await scriptedServer({ body: DASHBOARD, headers: { "content-type": "text/html" } });
    const run = { namespace: "ci", pipelineRun: "web-1", pipelineTask: "wait", step: "loop" };
    const shot = { dashboard: server.url, ...run, lastLine: "web-1 was promoted.", file: "" };
    await withPage({ width: 800, height: 600, density: 1 }, async (page) => {
      await showEnd(page, shot);
      await page.value("load()");
      expect(await page.value("document.querySelector('pre').textContent")).toBe("web-1 was promoted.");
    });
  }, 60_000);
});

function hasBrowser(): boolean {
  try {
    findBrowser();
    return true;
  } catch {
    return false;
  }
}

/** The TaskRun of a loop that ended at that second. */
function loop(pipelineRun: string, outcome: string | undefined, second: number, app = "shop"): KubeObject {
  const results = { outcome, sentence: `${pipelineRun} was ${outcome}.` };
  return {
    apiVersion: "tekton.dev/v1",
    kind: "TaskRun",
    metadata: { name: `${pipelineRun}-wait`, labels: { "tekton.dev/pipelineRun": pipelineRun } },
    spec: { params: [{ name: "namespace", value: app }] },
    status: {
      completionTime: `2026-01-01T00:00:0${second}Z`,
      ...(outcome === undefined
        ? {}
        : { results: Object.entries(results).map(([name, value]) => ({ name, value })) }),
    },
  };
}

test("ends are those of one app, in the order of time, without runs that have no outcome", () => {
  const taskRuns = [
    loop("web-3", "promoted", 3),
    loop("web-1", "rolled-back", 1),
    loop("web-2", undefined, 2),
    loop("other-1", "promoted", 4, "bank"),
  ];
  expect(endsOf(taskRuns, "shop")).toEqual([
    { pipelineRun: "web-1", outcome: "rolled-back", sentence: "web-1 was rolled-back." },
    { pipelineRun: "web-3", outcome: "promoted", sentence: "web-3 was promoted." },
  ]);
});

describe("a place with pictures", () => {
  const nothing = () => undefined;
  const setting = { releases: [{ service: "web", namespace: "shop", params: {} }] };

  /** What was photographed, and what was said, when a scenario of `shop` is over. */
  async function played(taskRuns: readonly KubeObject[], take?: (shot: Shot) => Promise<void>) {
    await using server = await scriptedServer({ body: { items: taskRuns } });
    const order: string[] = [];
    const shots: Shot[] = [];
    const problems: string[] = [];
    const world = { told: async () => void order.push("told") } as unknown as World;
    const place: Place = { name: "here", graceMs: 0, deafMs: 0, start: async () => world };
    const album = withPictures(place, {
      dashboard: server.url,
      pipelines: "ci",
      folder: "pictures",
      tell: nothing,
      take:
        take ??
        (async (shot) => {
          order.push("picture");
          shots.push(shot);
        }),
    });
    const problem = (text: string) => void problems.push(text);
    const listeners = { change: nothing, line: nothing, write: nothing, trigger: nothing, problem };
    const made = await album.start(setting as unknown as Parameters<Place["start"]>[0], "", listeners);
    await made.told();
    return { order, shots, problems, asked: server.asked, dashboard: server.url };
  }

  test("takes one of the last run of each outcome, after all logs have been read", async () => {
    const taskRuns = [
      loop("web-1", "promoted", 1),
      loop("web-2", "rolled-back", 2),
      loop("web-3", "promoted", 3),
    ];
    const { order, shots, problems, asked, dashboard } = await played(taskRuns);
    expect(order).toEqual(["told", "picture", "picture"]);
    const log = { pipelineTask: "wait-and-cleanup", step: "wait-and-cleanup" };
    const at = { dashboard, namespace: "ci", ...log };
    expect(shots).toEqual([
      {
        ...at,
        pipelineRun: "web-2",
        lastLine: "web-2 was rolled-back.",
        file: join("pictures", "dashboard-rolled-back.png"),
      },
      {
        ...at,
        pipelineRun: "web-3",
        lastLine: "web-3 was promoted.",
        file: join("pictures", "dashboard-promoted.png"),
      },
    ]);
    expect(problems).toEqual([]);
    expect(asked[0]).toMatchObject({
      path: "/apis/tekton.dev/v1/namespaces/ci/taskruns",
      query: { labelSelector: "tekton.dev/pipelineTask=wait-and-cleanup" },
    });
  });

  test("says which outcome no run had", async () => {
    const { shots, problems } = await played([loop("web-1", "promoted", 1)]);
    expect(shots.map(({ pipelineRun }) => pipelineRun)).toEqual(["web-1"]);
    expect(problems).toEqual(["no picture: no run ended rolled-back"]);
  });

  test("says why a picture could not be taken, and the scenario goes on", async () => {
    const { problems } = await played([loop("web-1", "rolled-back", 1)], async () => {
      throw new NoBrowser();
    });
    expect(problems).toEqual([expect.stringContaining("no picture: A picture needs Chromium")]);
  });
});

/** A page of headless Chromium, by its DevTools protocol over two pipes: no port, no driver, no package. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { until } from "../cluster/waiting.ts";
import { type Connection, connect } from "./devtools.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const END_LIMIT_MS = 5000;

/** There is no Chromium; the message says what to install. */
export class NoBrowser extends Error {
  override readonly name = "NoBrowser";

  constructor() {
    super(
      `A picture needs Chromium, and none of ${NAMES.join(", ")} is on the PATH (Debian: apt-get install chromium).`,
    );
  }
}

/** In pixels of the page. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Screen {
  readonly width: number;
  readonly height: number;
  /** Pixels of a picture for one of the page. */
  readonly density: number;
}

export interface Page {
  /** Goes to a URL and waits until the page is loaded. Throws when there is nothing. */
  open(url: string): Promise<void>;
  /** Value of a JavaScript expression in the page, as JSON can say it; a promise is waited for. Throws when it throws. */
  value(expression: string): Promise<unknown>;
  /** Waits until the expression is true. Throws naming `what` after 30 s. */
  shows(what: string, expression: string): Promise<void>;
  /** Adds rules of CSS to the page. */
  style(rules: string): Promise<void>;
  /** A PNG. */
  picture(area: Area): Promise<Buffer>;
}

/** The browser's path. Throws NoBrowser. */
export function findBrowser(path = process.env["PATH"] ?? ""): string {
  const found = NAMES.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name))).find(
    (file) => existsSync(file),
  );
  if (found === undefined) throw new NoBrowser();
  return found;
}

/** Starts a browser for one page and ends it afterwards. Throws NoBrowser. */
export async function withPage<T>(screen: Screen, use: (page: Page) => Promise<T>): Promise<T> {
  const browser = findBrowser();
  const profile = await mkdtemp(join(tmpdir(), "browser-"));
  const child = spawn(browser, argumentsFor(profile), {
    stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
  });
  try {
    return await use(await pageOf(connect(child), screen));
  } finally {
    await end(child);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

function argumentsFor(profile: string): readonly string[] {
  // Chromium refuses to sandbox itself for root; the pages are our own.
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return [
    "--headless=new",
    "--remote-debugging-pipe",
    `--user-data-dir=${profile}`,
    "--no-first-run",
    "--no-proxy-server",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--disable-lcd-text",
    ...asRoot,
  ];
}

async function pageOf(connection: Connection, { width, height, density }: Screen): Promise<Page> {
  const call = await connection.openPage();
  const size = { width, height, deviceScaleFactor: density, mobile: false };
  await call("Emulation.setDeviceMetricsOverride", size);
  const light = { name: "prefers-color-scheme", value: "light" };
  await call("Emulation.setEmulatedMedia", { features: [light] });

  async function value(expression: string): Promise<unknown> {
    const how = { expression, returnByValue: true, awaitPromise: true };
    const { result, exceptionDetails } = (await call("Runtime.evaluate", how)) as unknown as Evaluated;
    if (exceptionDetails === undefined) return result.value;
    throw new Error(`the page: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
  }
  const shows = (what: string, expression: string) =>
    until(what, async () => (await value(expression)) === true, { timeoutMs: 30_000 });

  return {
    value,
    shows,
    async open(url) {
      const { errorText } = await call("Page.navigate", { url });
      if (errorText !== undefined) throw new Error(`${url}: ${String(errorText)}`);
      await shows(`${url} is loaded`, 'document.readyState === "complete"');
    },
    async style(rules) {
      const text = JSON.stringify(rules);
      await value(`void document.head.appendChild(document.createElement("style")).append(${text})`);
    },
    async picture(area) {
      // Text is as wide as its fonts make it, and they may come last.
      await value("document.fonts.ready.then(() => true)");
      const how = { format: "png", clip: { ...area, scale: 1 }, captureBeyondViewport: true };
      const { data } = await call("Page.captureScreenshot", how);
      return Buffer.from(String(data), "base64");
    },
  };
}

interface Evaluated {
  readonly result: { readonly value?: unknown };
  readonly exceptionDetails?: {
    readonly text: string;
    readonly exception?: { readonly description?: string };
  };
}

/** Without its pipe the browser ends, with all its processes. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const late = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
  child.stdio[3]?.destroy();
  await ended;
  clearTimeout(late);
}

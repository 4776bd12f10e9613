/**
 * Makes docs/pictures/evidence.png: `node scripts/pictures.mjs` plays the demo's story and takes a picture of its page;
 * `--page FILE` takes it of a page that is there already. Needs Chromium.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { root, setUp } from "./setup.mjs";

const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PICTURE = join(root, "docs", "pictures", "evidence.png");
const WIDTH = 1000;
/** Pixels of the picture for one of the page, for screens that have more. */
const DENSITY = 1.5;
/**
 * A README shows how it was decided, not all that the page knows: the last two panels (292 units high, 302 pixels here) are
 * cut off, and what happened when, since the list of it is.
 */
const SHORTER = `
  body { padding: 0; background: var(--card); } main { max-width: none; }
  h1, .lead, .facts, .below, footer { display: none !important; }
  .card { margin: 0; border-radius: 0; border-width: 0 0 1px; } .card:last-of-type { border: 0; }
  .panel.latency, .panel.errors { display: none; }
  .times { transform: translateY(-292px); } .wide { overflow: hidden; } .chart { margin: -36px 0 -302px; }
  .mark, .badge, .badge-text { display: none; }
  .body { padding: 12px 24px 14px; } .head { padding: 14px 24px; } .legend { margin-bottom: 8px; }
`;

const { values } = parseArgs({ options: { page: { type: "string" } } });
const browser = onThePath();
if (browser === undefined) {
  fail(
    `A picture needs Chromium, and none of ${BROWSERS.join(", ")} is on the PATH (Debian: apt-get install chromium).`,
  );
}
const page = values.page ?? (await play());
const folder = await mkdtemp(join(tmpdir(), "pictures-"));
try {
  const file = join(folder, "page.html");
  const html = await readFile(page, "utf8");
  await writeFile(file, html.replace("</style>", `${SHORTER}</style>`));
  const height = await heightOf(file);
  browse(
    `--screenshot=${PICTURE}`,
    `--window-size=${WIDTH},${height}`,
    `--force-device-scale-factor=${DENSITY}`,
    urlOf(file),
  );
  console.log(`${relative(process.cwd(), PICTURE)}: ${WIDTH} x ${height}, ${DENSITY} pixels for one`);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function onThePath() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return BROWSERS.flatMap((name) => folders.map((one) => join(one, name))).find((path) => existsSync(path));
}

/** The page of the story, told anew. */
async function play() {
  await setUp();
  const { build } = await import("./build.mjs");
  await build();
  const { main } = await import(pathToFileURL(join(root, "dist", "sandbox.mjs")).href);
  if ((await main(["demo", "evidence"], root)) !== 0)
    fail("The story did not come out as it should: no picture.");
  return join(root, "reports", "evidence.html");
}

/** A screenshot is as high as its window, so the page has to say how high it is. */
async function heightOf(file) {
  const asking = file.replace(/\.html$/, "-asking.html");
  const html = await readFile(file, "utf8");
  const ask = "<script>document.title = `height ${document.documentElement.scrollHeight}`</script>";
  await writeFile(asking, html.replace("</body>", `${ask}</body>`));
  const [, height] =
    /<title>height (\d+)/.exec(browse("--dump-dom", `--window-size=${WIDTH},100`, urlOf(asking))) ?? [];
  if (height === undefined) fail("The browser did not say how high the page is.");
  return Number(height);
}

function browse(...args) {
  const quiet = ["--headless=new", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"];
  // Chromium refuses to sandbox itself for root; the page is our own and loads nothing.
  const asRoot = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const { status, stdout, stderr, error } = spawnSync(browser, [...quiet, ...asRoot, ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  if (status !== 0) fail(`${browser} failed: ${error?.message ?? stderr}`);
  return stdout;
}

function urlOf(file) {
  return pathToFileURL(file).href;
}

function fail(text) {
  console.error(text);
  process.exit(2);
}

/**
 * Makes docs/pictures/evidence.png: `node scripts/pictures.mjs` plays the demo's story and takes a picture of its page;
 * `--page FILE` takes it of a page that is there already. Needs Chromium.
 */
import { writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.mjs";
import { root, setUp } from "./setup.mjs";

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
await setUp();
const { findBrowser, withPage } = await imported(await bundle("test/e2e/pictures/browser.ts", "browser.mjs"));
try {
  findBrowser();
} catch (error) {
  fail(error.message);
}
const story = values.page ?? (await play());
const height = await withPage({ width: WIDTH, height: 100, density: DENSITY }, async (page) => {
  await page.open(pathToFileURL(resolve(story)).href);
  await page.style(SHORTER);
  const all = { x: 0, y: 0, width: WIDTH, height: await page.value("document.documentElement.scrollHeight") };
  await writeFile(PICTURE, await page.picture(all));
  return all.height;
});
console.log(`${relative(process.cwd(), PICTURE)}: ${WIDTH} x ${height}, ${DENSITY} pixels for one`);

/** The page of the story, told anew. */
async function play() {
  const { build } = await import("./build.mjs");
  await build();
  const { main } = await imported(join(root, "dist", "sandbox.mjs"));
  if ((await main(["demo", "evidence"], root)) !== 0)
    fail("The story did not come out as it should: no picture.");
  return join(root, "reports", "evidence.html");
}

function imported(file) {
  return import(pathToFileURL(file).href);
}

function fail(text) {
  console.error(text);
  process.exit(2);
}

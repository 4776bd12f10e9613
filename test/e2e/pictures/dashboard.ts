/** Pictures of finished runs in the Tekton Dashboard. */
import { writeFile } from "node:fs/promises";
import { type Area, type Page, withPage } from "./browser.ts";

/** As wide as a README shows it, and higher than any picture: the Dashboard draws its boxes as far down as the window. */
const SCREEN = { width: 1280, height: 1400, density: 1 };

/** One picture: the page of a run, with the log of one step open. */
export interface Shot {
  /** Base URL of the Dashboard. */
  readonly dashboard: string;
  readonly namespace: string;
  readonly pipelineRun: string;
  readonly pipelineTask: string;
  readonly step: string;
  /** What the step's log ends with; there is no picture before it can be read. */
  readonly lastLine: string;
  /** Gets the PNG. */
  readonly file: string;
}

/** Long lines are wrapped, of a long log its end is seen (its lines are 1rem high), and nothing is half open. */
const RULES = `
  *, *::before, *::after { animation: none !important; transition: none !important; }
  pre.tkn--log code { white-space: pre-wrap; min-inline-size: 0; }
  .tkn--log-container { max-block-size: 30rem; overflow-y: auto; }
`;
const OPEN_MENU = "document.querySelector('.cds--header__menu-toggle.cds--header__action--active')";
/** The Dashboard may load the log once more; it does so in the page that it has made, not in this copy. */
const HOLD_STILL = "(document.body.replaceWith(document.body.cloneNode(true)), true)";
const TO_END = "void document.querySelector('.tkn--log-container').scrollTo(0, 1e6)";
const END_OF_LOG =
  "Math.ceil(document.querySelector('pre.tkn--log').getBoundingClientRect().bottom + scrollY)";
const BELOW = 16;

/** Where the Dashboard shows it. */
export function addressOf(shot: Omit<Shot, "lastLine" | "file">): string {
  const { dashboard, namespace, pipelineRun, pipelineTask, step } = shot;
  const chosen = new URLSearchParams({ pipelineTask, step });
  return `${dashboard}/#/namespaces/${namespace}/pipelineruns/${pipelineRun}?${chosen}`;
}

/** Throws NoBrowser, or when the page does not show the run's end and the log's last line within 30 s. */
export async function photograph(shot: Shot): Promise<void> {
  const png = await withPage(SCREEN, async (page) => page.picture(await showEnd(page, shot)));
  await writeFile(shot.file, png);
}

/** Brings the page to where its picture is taken, and says of which part. Nothing on it changes any more. */
export async function showEnd(page: Page, shot: Shot): Promise<Area> {
  const shown = `the Dashboard shows ${shot.pipelineRun} with its log`;
  const complete = isComplete(shot.lastLine);
  await page.open(addressOf(shot));
  await page.shows(shown, complete);
  await page.style(RULES);
  await page.value(`void ${OPEN_MENU}?.click()`);
  await page.shows("the Dashboard's menu is closed", `${OPEN_MENU} === null`);
  await page.shows(shown, `${complete} && ${HOLD_STILL}`);
  await page.value(TO_END);
  const height = Number(await page.value(END_OF_LOG)) + BELOW;
  return { x: 0, y: 0, width: SCREEN.width, height };
}

/** The run is over, its step is, the log has come as far as that line, and nothing is still to come. */
function isComplete(lastLine: string): string {
  const log = "document.querySelector('pre.tkn--log')";
  return [
    "/True|False/.test(document.querySelector('.tkn--pipeline-run-header')?.dataset.succeeded)",
    `${log}?.querySelector('.tkn--log-trailer') != null`,
    `${log}.textContent.includes(${JSON.stringify(lastLine)})`,
    "document.querySelector('.cds--skeleton, .cds--skeleton__text') === null",
  ].join(" && ");
}

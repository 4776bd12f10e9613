/** Pictures of finished runs in the Tekton Dashboard. */
import { writeFile } from "node:fs/promises";
import { withPage } from "./browser.ts";

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
  const { pipelineRun, lastLine, file } = shot;
  const png = await withPage(SCREEN, async (page) => {
    await page.open(addressOf(shot));
    await page.shows(`the Dashboard shows ${pipelineRun} with its log`, isComplete(lastLine));
    await page.style(RULES);
    await page.value(`void ${OPEN_MENU}?.click()`);
    await page.shows("the Dashboard's menu is closed", `${OPEN_MENU} === null`);
    await page.value(TO_END);
    const height = Number(await page.value(END_OF_LOG)) + BELOW;
    return await page.picture({ x: 0, y: 0, width: SCREEN.width, height });
  });
  await writeFile(file, png);
}

/** The run is over, its step is, and the log has come as far as that line. */
function isComplete(lastLine: string): string {
  const log = "document.querySelector('pre.tkn--log')";
  return [
    "/True|False/.test(document.querySelector('.tkn--pipeline-run-header')?.dataset.succeeded)",
    `${log}?.querySelector('.tkn--log-trailer') != null`,
    `${log}.textContent.includes(${JSON.stringify(lastLine)})`,
  ].join(" && ");
}

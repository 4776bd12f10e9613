/** The pages of the project, as people read them: headings, links and commands. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export function text(path: string): string {
  return readFileSync(`${ROOT}${path}`, "utf8");
}

/** Paths from the repository's root, `/` between their parts. */
export const pages: readonly string[] = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...filesIn("docs").filter((path) => path.endsWith(".md")),
  ...filesIn("samples").filter((path) => path.endsWith(".md")),
];

/** Every file under a folder. */
export function filesIn(folder: string): readonly string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(ROOT.length).replaceAll("\\", "/"))
    .sort();
}

/** The page without its blocks of code. */
export function prose(page: string): string {
  return page.replace(/^ *```[\s\S]*?^ *```$/gm, "");
}

/** Targets of links and pictures that are not on the web. */
export function localLinks(page: string): readonly string[] {
  const inText = [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  const inTags = [...prose(page).matchAll(/(?:src|srcset|href)="([^"]+)"/g)].map(([, target = ""]) => target);
  return [...inText, ...inTags].filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchors(page: string): readonly string[] {
  return [...prose(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** The cells of the rows of every table, without code marks; the heading rows are not in it. */
export function tableRows(page: string): readonly (readonly string[])[] {
  return page
    .split("\n")
    .filter((line) => line.startsWith("|"))
    .filter((line, index, lines) => !isRule(line) && !isRule(lines[index + 1] ?? ""))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.replaceAll("`", "").trim()),
    );
}

function isRule(line: string): boolean {
  return /^\|[\s|:-]+\|$/.test(line);
}

/** The part of a page that a program writes: between two comments, so that the rest is left to people. */
import { readFile, writeFile } from "node:fs/promises";

/** The page with `text` in its block `name`. Throws when the page has no such block. Pure. */
export function withBlock(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page must hold the lines ${begin} and ${end}`);
  return `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`;
}

/** The way to write the file's block. Throws at once when it has none: not after everything was measured. */
export async function blockOf(file: string, name: string): Promise<(text: string) => Promise<void>> {
  const filled = async (text: string) => {
    try {
      return withBlock(await readFile(file, "utf8"), name, text);
    } catch (error) {
      throw new Error(`${file}: ${error instanceof Error ? error.message : error}`);
    }
  };
  await filled("");
  return async (text) => writeFile(file, await filled(text));
}

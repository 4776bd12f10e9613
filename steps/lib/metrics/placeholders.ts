/** Placeholders in queries that people write: `$name` or `${name}`; a plain `$` is written `$$`. */

/** `$$`, `$name`, `${name}` or a `$` that is none of these. */
const PLACEHOLDER = /\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})?/g;

/** The names of the placeholders in `text`, each as often as it is there. */
export function placeholdersIn(text: string): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)].flatMap(([, , name, braced]) => name ?? braced ?? []);
}

/** The placeholders of `text` that are none of `known`, as written. */
export function unknownAmong(text: string, known: readonly string[]): readonly string[] {
  return [...text.matchAll(PLACEHOLDER)]
    .filter(([, dollar, name, braced]) => dollar === undefined && !known.includes(name ?? braced ?? ""))
    .map(([written]) => written);
}

/** `text` with the values in place. Throws on a placeholder without a value, saying what (`a selector`) it is in. */
export function fillPlaceholders(
  text: string,
  values: Readonly<Record<string, string>>,
  what: string,
): string {
  return text.replace(PLACEHOLDER, (written, dollar?: string, name?: string, braced?: string) => {
    const value = dollar ?? values[name ?? braced ?? ""];
    if (value === undefined) throw new Error(`unknown placeholder ${written} in ${what} ${text}`);
    return value;
  });
}

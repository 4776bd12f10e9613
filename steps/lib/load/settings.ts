/**
 * The six load settings as the repository's properties file writes them (`key: value` lines), and as create-experiment
 * hands them on: a JSON object under `PROPERTIES_KEY` in the release's ConfigMap.
 */

export const LOAD_SETTINGS = [
  "ip",
  "port",
  "app-path",
  "app-host",
  "load-duration",
  "load-frequency",
] as const;

export type LoadSetting = (typeof LOAD_SETTINGS)[number];
/** As text, not yet judged; what is not set is absent or undefined. */
export type LoadSettings = { readonly [S in LoadSetting]?: string | undefined };

/** The key of the ConfigMap `releaseConfigMapName(experiment)` that holds the properties. */
export const PROPERTIES_KEY = "properties.json";

function isLoadSetting(key: string): key is LoadSetting {
  return LOAD_SETTINGS.some((setting) => setting === key);
}

/** A value of a pushed file as a sentence can carry it: quoted, escaped and not longer than a line. */
export function quoted(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
}

/**
 * The properties in `text`, and one sentence for each line that is wrong; `file` is its name in them. A value may contain
 * colons; it ends where a `#` follows a space. A key without a value is the same as no key.
 */
export function readProperties(
  text: string,
  file: string,
): { readonly properties: LoadSettings; readonly problems: readonly string[] } {
  const found = new Map<LoadSetting, string>();
  const problems: string[] = [];
  for (const [index, raw] of text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    const line = raw.replace(/(^|\s)#.*$/, "").trim();
    if (line === "") continue;
    const where = `${file} line ${index + 1}`;
    const colon = line.indexOf(":");
    const key = line.slice(0, Math.max(colon, 0)).trim();
    const value = line.slice(colon + 1).trim();
    if (colon < 0) problems.push(`${where}: must look like "key: value", not ${quoted(line)}`);
    else if (!isLoadSetting(key))
      problems.push(
        `${where}: ${quoted(key)} is not a property, the properties are ${LOAD_SETTINGS.join(", ")}`,
      );
    else if (found.has(key)) problems.push(`${where}: ${key} is set a second time`);
    else found.set(key, value);
  }
  const set = [...found].filter(([, value]) => value !== "");
  return { properties: Object.fromEntries(set), problems };
}

/** The properties that create-experiment stored; undefined when `json` is not an object of the six settings as text. */
export function storedProperties(json: string): LoadSettings | undefined {
  const value = parseJson(json);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const fine = Object.entries(value).every(([key, text]) => isLoadSetting(key) && typeof text === "string");
  return fine ? value : undefined;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

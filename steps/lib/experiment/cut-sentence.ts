/**
 * `text` in at most `limit` characters (as UTF-16 counts them): cut after a whole word, an ellipsis in place of the
 * rest. A first word that is longer is cut inside. Runs of white space become one space.
 */
export function cutSentence(text: string, limit: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  if (line.length <= limit) return line;
  const head = line.slice(0, limit - 1);
  const wordEnd = line[limit - 1] === " " ? head.length : head.lastIndexOf(" ");
  const kept = wordEnd > 0 ? head.slice(0, wordEnd) : head.replace(/[\ud800-\udbff]$/, "");
  return `${kept.replace(/[\s,;:(-]+$/, "")}…`;
}

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { stepLog } from "../../../../steps/lib/process/log.ts";

function recorded() {
  const lines: string[] = [];
  const log = stepLog({ now: () => Date.UTC(2030, 0, 1, 12, 3, 41, 999) }, (line) => lines.push(line));
  return { log, lines };
}

test("a line is the time in UTC and the text; warnings and errors are marked for the Dashboard", () => {
  const { log, lines } = recorded();
  log.info("weight 20");
  log.warn("metrics away");
  log.error("rolled back");
  expect(lines).toEqual([
    "12:03:41 weight 20",
    "::warning::12:03:41 metrics away",
    "::error::12:03:41 rolled back",
  ]);
});

test("texts of others cannot break the line, colour it or turn its direction", () => {
  const { log, lines } = recorded();
  log.info("pod says:\r\n::error::\u001b[31mred\u001b[0m\u0007\u202edetrevni\tend\n");
  expect(lines).toEqual(["12:03:41 pod says: ::error::reddetrevni end"]);
});

test("one call is one line without control characters, whatever the text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const { log, lines } = recorded();
      log.info(text);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^12:03:41 \P{Cc}*$/u);
    }),
  );
});

test("registered secrets and credentials in URLs are not shown", () => {
  const { log, lines } = recorded();
  log.redact("s3cret");
  log.redact("");
  log.error("with s3cret and s3cret at https://me:pass@host/path");
  expect(lines).toEqual(["::error::12:03:41 with *** and *** at https://***@host/path"]);
});

test.each([
  [
    "a secret of several lines, on one line",
    "first-line\nsecond-line",
    "in first-line\nsecond-line out",
    "in *** out",
  ],
  ["a line of such a secret", "first-line\nsecond-line", "second-line?", "***?"],
  ["what a pattern would read otherwise", "a.b*(c$&", "a.b*(c$& and axb", "*** and axb"],
  ["a secret that begins with another one", "s3cret", "s3cret-and-more", "***"],
  ["a password with @ in an URL", "", "at http://me:p@ss/w0rd@host/x", "at http://***@host/x"],
])("nothing shows %s", (_what, secret, text, shown) => {
  const { log, lines } = recorded();
  log.redact(secret);
  log.redact("s3cret-and-more");
  log.info(text);
  expect(lines).toEqual([`12:03:41 ${shown}`]);
});

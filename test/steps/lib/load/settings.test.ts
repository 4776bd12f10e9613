import fc from "fast-check";
import { expect, test } from "vitest";
import { LOAD_SETTINGS, readProperties, storedProperties } from "../../../../steps/lib/load/settings.ts";

const FILE = "iter8/pipeline.prop";

test("reads key: value lines; a value keeps its colons, comments and empty values count for nothing", () => {
  const text = [
    "\ufeff# where the gateway is",
    "ip: 10.0.0.1   # the ingress",
    "port:31380",
    "",
    "app-path: /demo?at=12:30#top",
    "app-host:",
    "  load-duration : 300",
  ].join("\r\n");

  expect(readProperties(text, FILE)).toEqual({
    properties: { ip: "10.0.0.1", port: "31380", "app-path": "/demo?at=12:30#top", "load-duration": "300" },
    problems: [],
  });
});

test("names file and line of everything that is wrong, and still reads the rest", () => {
  const { properties, problems } = readProperties("ip 10.0.0.1\napp-port: 80\nport: 80\nport: 81\n", FILE);

  expect(properties).toEqual({ port: "80" });
  expect(problems).toEqual([
    'iter8/pipeline.prop line 1: must look like "key: value", not "ip 10.0.0.1"',
    'iter8/pipeline.prop line 2: "app-port" is not a property, the properties are ip, port, app-path, app-host, load-duration, load-frequency',
    "iter8/pipeline.prop line 4: port is set a second time",
  ]);
});

test("a line that is too long, or holds control characters, is shown short and escaped", () => {
  const { problems } = readProperties(`\u001b[31m${"x".repeat(500)}`, FILE);

  expect(problems.join().length).toBeLessThan(200);
  expect(problems.join()).toContain("\\u001b[31m");
});

test("what create-experiment stores as JSON comes back as it was", () => {
  const value = fc.stringMatching(/^[a-z0-9:./?=$-]{1,20}$/);
  const settings = fc.record(Object.fromEntries(LOAD_SETTINGS.map((name) => [name, value])), {
    requiredKeys: [],
  });
  fc.assert(
    fc.property(settings, (set) => {
      const text = Object.entries(set)
        .map(([name, written]) => `${name}: ${written}`)
        .join("\n");
      const { properties, problems } = readProperties(text, FILE);

      expect(problems).toEqual([]);
      expect(storedProperties(JSON.stringify(properties))).toEqual(set);
    }),
  );
});

test.each(["", "null", "[]", '{"ip": 1}', '{"sudo": "yes"}', "{"])(
  "refuses %j as stored properties",
  (json) => {
    expect(storedProperties(json)).toBeUndefined();
  },
);

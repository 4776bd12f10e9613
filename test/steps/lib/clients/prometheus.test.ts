import { inspect } from "node:util";
import { expect, test } from "vitest";
import { prometheus } from "../../../../steps/lib/clients/prometheus.ts";
import { prometheusAuth } from "../../../../steps/lib/clients/prometheus-auth.ts";
import { InvalidError, RefusedError, UnavailableError } from "../../../../steps/lib/ports/errors.ts";
import { closedUrl, scriptedServer } from "./scripted-server.ts";

const AT = Date.UTC(2030, 0, 1) + 250;

function success(resultType: string, result: unknown) {
  return { body: { status: "success", data: { resultType, result } } };
}

test("an instant query is a form with the time in seconds", async () => {
  const result = [
    { metric: { version: "a" }, value: [AT / 1000, "0.25"] },
    { metric: { version: "b" }, value: [AT / 1000, "NaN"] },
    { metric: {}, value: [AT / 1000, "+Inf"] },
    { metric: {}, value: [AT / 1000, "-Inf"] },
  ];
  await using server = await scriptedServer(success("vector", result));
  const samples = await prometheus({ url: server.url }).instant('sum(rate(a{b="c"}[1m]))', AT);
  expect(samples).toEqual([
    { labels: { version: "a" }, value: 0.25 },
    { labels: { version: "b" }, value: Number.NaN },
    { labels: {}, value: Number.POSITIVE_INFINITY },
    { labels: {}, value: Number.NEGATIVE_INFINITY },
  ]);
  const [asked] = server.asked;
  expect(asked).toMatchObject({ method: "POST", path: "/api/v1/query" });
  expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
    query: 'sum(rate(a{b="c"}[1m]))',
    time: (AT / 1000).toFixed(3),
  });
});

test("a range selector gives the raw samples with their times in ms", async () => {
  const values = [
    [1893456000.123, "1"],
    [1893456015.123, "4e3"],
  ];
  await using server = await scriptedServer(success("matrix", [{ metric: { version: "a" }, values }]));
  expect(await prometheus({ url: server.url }).range("requests_total[1m]", AT)).toEqual([
    {
      labels: { version: "a" },
      samples: [
        { time: 1893456000123, value: 1 },
        { time: 1893456015123, value: 4000 },
      ],
    },
  ]);
});

test("a query of the wrong type is invalid", async () => {
  await using server = await scriptedServer(success("matrix", []), success("scalar", [1, "2"]));
  const metrics = prometheus({ url: server.url });
  await expect(metrics.instant("a[1m]", AT)).rejects.toThrow(/it gives a matrix, not an instant vector/);
  await expect(metrics.range("2", AT)).rejects.toThrow(InvalidError);
});

test("a query that Prometheus cannot parse is invalid, in Prometheus' words", async () => {
  const body = {
    status: "error",
    errorType: "bad_data",
    error: "1:5: parse error: unclosed left parenthesis",
  };
  await using server = await scriptedServer({ status: 400, body });
  const failed = prometheus({ url: server.url }).instant("sum((", AT);
  await expect(failed).rejects.toThrow(InvalidError);
  await expect(failed).rejects.toThrow(/for sum\(\(: 1:5: parse error: unclosed left parenthesis$/);
});

test.each([
  [401, RefusedError, /not accepted/],
  [403, RefusedError, /forbidden/],
  [404, UnavailableError, /the answer was 404/],
  [503, UnavailableError, /the answer was 503/],
  [302, UnavailableError, /the answer was 302/],
])("an answer %i is one of the port's errors", async (status, type, message) => {
  await using server = await scriptedServer({ status, body: "a page" });
  const failed = prometheus({ url: server.url }).instant("up", AT);
  await expect(failed).rejects.toThrow(type);
  await expect(failed).rejects.toThrow(message);
});

test("silence, a closed connection, nobody listening and another server are unavailable", async () => {
  await using server = await scriptedServer("silence", "hang up", { body: "hello" });
  const metrics = prometheus({ url: server.url, timeoutMs: 100 });
  await expect(metrics.instant("up", AT)).rejects.toThrow(/no answer within 0.1 s/);
  await expect(metrics.instant("up", AT)).rejects.toThrow(UnavailableError);
  await expect(metrics.instant("up", AT)).rejects.toThrow(/not one of Prometheus/);
  const nobody = prometheus({ url: await closedUrl() });
  await expect(nobody.instant("up", AT)).rejects.toThrow(/ECONNREFUSED/);
});

test("credentials are sent, and are in no error", async () => {
  await using server = await scriptedServer({ status: 500 }, { status: 401 }, "hang up");
  const bearer = prometheus({ url: server.url, auth: { token: "s3cret" } });
  const basic = prometheus({ url: server.url, auth: { basic: { username: "me", password: "s3cret" } } });
  const errors = [];
  for (const metrics of [bearer, basic, basic]) {
    errors.push(await metrics.instant("up", AT).catch((error: unknown) => error));
  }
  expect(server.asked.map(({ headers }) => headers.authorization).slice(0, 2)).toEqual([
    "Bearer s3cret",
    `Basic ${btoa("me:s3cret")}`,
  ]);
  expect(inspect(errors, { depth: 9 })).not.toMatch(/s3cret|authorization/i);
});

test("the Secret's keys make the authentication", () => {
  const reader = (files: Record<string, string>) => (path: string) => files[path.replace("/auth/", "")];
  expect(prometheusAuth("/auth", reader({}))).toEqual({});
  expect(prometheusAuth("/auth", reader({ token: "t", "ca.crt": "pem" }))).toEqual({ token: "t", ca: "pem" });
  expect(prometheusAuth("/auth", reader({ username: "u", password: "p" }))).toEqual({
    basic: { username: "u", password: "p" },
  });
});

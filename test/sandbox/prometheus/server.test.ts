import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type Prometheus, startPrometheus } from "../../../sandbox/prometheus/prometheus.ts";
import { createSamples } from "../../../sandbox/prometheus/samples.ts";
import { type QueryAuth, startQueryServer } from "../../../sandbox/prometheus/server.ts";
import { realClock } from "../../../steps/lib/process/clock.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const T = 1_900_000_000;

async function givenServer(auth?: QueryAuth): Promise<string> {
  const samples = createSamples();
  samples.append({ __name__: "m", a: "1" }, T * 1000, 1.5);
  samples.append({ __name__: "m", a: "1" }, T * 1000 + 250, 2);
  const server = await startQueryServer({
    samples,
    clock: realClock(),
    ...(auth === undefined ? {} : { auth }),
  });
  open.push(server);
  return server.url;
}

async function ask(url: string, query: string, time?: string, init: RequestInit = {}) {
  const parameters = new URLSearchParams({ query, ...(time === undefined ? {} : { time }) });
  const response = await fetch(`${url}/api/v1/query?${parameters}`, init);
  return { status: response.status, body: (await response.json()) as unknown };
}

describe("the query endpoint", () => {
  it("answers a vector with the evaluation time, in seconds", async () => {
    expect(await ask(await givenServer(), "m", `${T + 1.5}`)).toEqual({
      status: 200,
      body: {
        status: "success",
        data: {
          resultType: "vector",
          result: [{ metric: { __name__: "m", a: "1" }, value: [T + 1.5, "2"] }],
        },
      },
    });
  });

  it("answers a matrix with the samples' own times", async () => {
    const { body } = await ask(await givenServer(), "m[1m]", new Date((T + 1) * 1000).toISOString());
    expect(body).toMatchObject({
      data: {
        resultType: "matrix",
        result: [
          {
            values: [
              [T, "1.5"],
              [T + 0.25, "2"],
            ],
          },
        ],
      },
    });
  });

  it.each([
    ["1 / 0", "+Inf"],
    ["-1 / 0", "-Inf"],
    ["0 / 0", "NaN"],
    ["1 / 4", "0.25"],
  ])("answers the scalar %s as %s", async (query, text) => {
    const { body } = await ask(await givenServer(), query, `${T}`);
    expect(body).toMatchObject({ data: { resultType: "scalar", result: [T, text] } });
  });

  it("takes a form by POST, and the present without a time", async () => {
    const url = await givenServer();
    const before = Date.now() / 1000;
    const response = await fetch(`${url}/api/v1/query`, {
      method: "POST",
      body: new URLSearchParams({ query: "time()" }),
    });
    const { data } = (await response.json()) as { data: { result: [number, string] } };
    expect(Number(data.result[1])).toBeGreaterThanOrEqual(before - 0.001);
    expect(Number(data.result[1])).toBeLessThanOrEqual(Date.now() / 1000);
  });

  it.each([
    ["topk(1, m)", undefined, 400, "bad_data", "topk"],
    ["", undefined, 400, "bad_data", "no expression"],
    ["m", "yesterday", 400, "bad_data", "yesterday"],
    ["m / ignoring (a) (m or vector(1))", `${T + 1}`, 422, "execution", "many-to-many"],
  ])("refuses %s at %s with %i", async (query, time, status, errorType, text) => {
    const answer = await ask(await givenServer(), query, time);
    expect(answer).toMatchObject({ status, body: { status: "error", errorType } });
    expect(answer.body).toHaveProperty("error", expect.stringContaining(text));
  });

  it("serves nothing else", async () => {
    const url = await givenServer();
    expect((await fetch(`${url}/api/v1/query_range?query=m`)).status).toBe(404);
    expect((await fetch(`${url}/api/v1/query?query=m`, { method: "PUT" })).status).toBe(405);
  });

  it.each<[QueryAuth, string]>([
    [{ token: "open sesame" }, "Bearer open sesame"],
    [{ username: "internal", password: "pass" }, `Basic ${btoa("internal:pass")}`],
  ])("asks for %o", async (auth, authorization) => {
    const url = await givenServer(auth);
    expect((await fetch(`${url}/api/v1/query?query=1`)).status).toBe(401);
    expect((await ask(url, "1", `${T}`, { headers: { authorization } })).status).toBe(200);
  });
});

describe("the sandbox's Prometheus", () => {
  /** A target whose counter grows with every scrape. */
  async function givenPrometheus(): Promise<Prometheus> {
    let scrapes = 0;
    const target = createServer((_request, response) => {
      scrapes += 1;
      response.end(`scrapes ${scrapes}\n`);
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    open.push({ close: () => new Promise((resolve) => target.close(() => resolve())) });
    const url = `http://127.0.0.1:${(target.address() as AddressInfo).port}/metrics`;
    const prometheus = await startPrometheus({ targets: () => [url], clock: realClock(), everyMs: 20 });
    open.push(prometheus);
    return prometheus;
  }

  async function scrapes({ url }: Prometheus): Promise<number> {
    const { body } = await ask(url, "scalar(scrapes)");
    return Number((body as { data: { result: [number, string] } }).data.result[1]);
  }

  it("answers with what it scraped last", async () => {
    const prometheus = await givenPrometheus();
    await prometheus.scraper.scraped();
    const first = await scrapes(prometheus);
    expect(first).toBeGreaterThanOrEqual(1);
    await prometheus.scraper.scraped();
    expect(await scrapes(prometheus)).toBeGreaterThan(first);
  });

  it("gives no answer while it is down, and goes on where it was afterwards", async () => {
    const prometheus = await givenPrometheus();
    await prometheus.scraper.scraped();
    prometheus.metrics("down");
    await expect(ask(prometheus.url, "up")).rejects.toThrow("fetch failed");
    prometheus.metrics("up");
    await prometheus.scraper.scraped();
    expect(await scrapes(prometheus)).toBeGreaterThanOrEqual(2);
  });

  it("answers with old values while it is stale", async () => {
    const prometheus = await givenPrometheus();
    await prometheus.scraper.scraped();
    prometheus.metrics("stale");
    const age = async () => {
      const { body } = await ask(prometheus.url, "time() - scalar(timestamp(up))");
      return Number((body as { data: { result: [number, string] } }).data.result[1]);
    };
    await expect.poll(age).toBeGreaterThan(0.1);
  });
});

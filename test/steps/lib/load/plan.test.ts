import { describe, expect, test } from "vitest";
import { overriding, planLoad } from "../../../../steps/lib/load/plan.ts";

const limits = { allowedHosts: ["10.0.0.1", "gateway.example", "::1"], namespace: "shop" };

test("fills in Iter8's defaults: 10 requests per second for 10 minutes, port 80, path /", () => {
  expect(planLoad({ ip: "10.0.0.1" }, limits)).toEqual({
    kind: "send",
    plan: {
      target: { secure: false, address: "10.0.0.1", port: 80, path: "/" },
      intervalMs: 100,
      durationMs: 600_000,
    },
  });
});

test("takes all six settings", () => {
  const settings = {
    ip: "gateway.example",
    port: "31380",
    "app-path": "demo?q=1#top",
    "app-host": "web.$NAMESPACE.svc.cluster.local:8080",
    "load-duration": "90",
    "load-frequency": ".25",
  };

  expect(planLoad(settings, limits)).toEqual({
    kind: "send",
    plan: {
      target: {
        secure: false,
        address: "gateway.example",
        port: 31380,
        path: "/demo?q=1",
        host: "web.shop.svc.cluster.local:8080",
      },
      intervalMs: 250,
      durationMs: 90_000,
    },
  });
});

test.each([
  ["https://Gateway.example", { secure: true, address: "gateway.example", port: 443 }],
  ["http://10.0.0.1", { secure: false, address: "10.0.0.1", port: 80 }],
  ["https://[::1]", { secure: true, address: "::1", port: 443 }],
])("ip %s may name the scheme", (ip, target) => {
  expect(planLoad({ ip }, limits)).toMatchObject({ kind: "send", plan: { target } });
});

test("no setting at all asks for no load", () => {
  expect(planLoad({ ip: undefined, port: undefined }, limits)).toEqual({ kind: "none" });
});

test("a load that would outlast its task is shortened to 115 minutes", () => {
  expect(planLoad({ ip: "::1", "load-duration": "86400" }, limits)).toMatchObject({
    plan: { durationMs: 6_900_000 },
  });
});

test("what a param sets wins over the file, what it leaves open does not", () => {
  const file = { ip: "10.0.0.1", port: "80" };

  expect(overriding(file, { ip: undefined, port: "81", "app-path": "/x" })).toMatchObject({
    ip: "10.0.0.1",
    port: "81",
    "app-path": "/x",
  });
});

describe("a wrong setting is a sentence with name, value and what is allowed", () => {
  test.each([
    [{ port: "80" }, "ip must be the host name or IP address that load is sent to"],
    [
      { ip: "evil.example" },
      'ip must be one of the param load-allowed-hosts (10.0.0.1, gateway.example, ::1), not "evil.example"',
    ],
    [{ ip: "10.0.0.1", port: "0x50" }, 'port must be a whole number from 1 to 65535, not "0x50"'],
    [{ ip: "10.0.0.1", port: "65536" }, 'port must be a whole number from 1 to 65535, not "65536"'],
    [
      { ip: "10.0.0.1", "load-frequency": "0" },
      'load-frequency must be the seconds between two requests, from 0.001 (1000 requests per second) to 3600, not "0"',
    ],
    [
      { ip: "10.0.0.1", "load-duration": "10m" },
      'load-duration must be a number of seconds, at least 1, not "10m"',
    ],
    [
      { ip: "10.0.0.1", "app-path": "/a b" },
      'app-path must be a URL path of printable ASCII characters without spaces, not "/a b"',
    ],
    [
      { ip: "10.0.0.1", "app-host": "a\r\nX-Evil: 1" },
      'app-host must be a host name, with or without a port, not "a\\r\\nX-Evil: 1"',
    ],
  ])("%o", (settings, problem) => {
    expect(planLoad(settings, limits)).toEqual({ kind: "wrong", problems: [problem] });
  });

  test("all of them at once", () => {
    const choice = planLoad({ ip: "x", port: "y", "load-duration": "z" }, limits);

    expect(choice.kind === "wrong" && choice.problems.length).toBe(3);
  });
});

test("with no host allowed, no load is possible, and the sentence says where that is set", () => {
  expect(planLoad({ ip: "10.0.0.1" }, { allowedHosts: [], namespace: "shop" })).toEqual({
    kind: "wrong",
    problems: ['ip must be one of the param load-allowed-hosts (which is empty), not "10.0.0.1"'],
  });
});

import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { afterEach, expect, test } from "vitest";
import { httpLoad, isLinkLocal } from "../../../../steps/lib/clients/http-load.ts";
import type { Sender, Target } from "../../../../steps/lib/load/sender.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function serve(listener: RequestListener): Promise<Server & { target: Target }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(server, { target: { secure: false, address: "127.0.0.1", port, path: "/" } });
}

function sender(options?: Parameters<typeof httpLoad>[0]): Sender {
  const made = httpLoad(options);
  cleanups.push(made.close);
  return made;
}

/** A resolver that knows every name by the same addresses. */
function resolvingTo(...addresses: string[]): LookupFunction {
  return (_name, options, callback) => {
    const found = addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
    if (options.all) callback(null, found);
    else callback(null, found[0]?.address ?? "", found[0]?.family);
  };
}

test("sends a GET with path and Host header", async () => {
  const seen: unknown[] = [];
  const { target } = await serve((request, response) => {
    seen.push([request.method, request.url, request.headers.host, request.headers["user-agent"]]);
    response.end("hello");
  });

  expect(await sender().send({ ...target, path: "/demo?q=1", host: "web.example" })).toEqual({ status: 200 });
  expect(seen).toEqual([["GET", "/demo?q=1", "web.example", "tekton-canary"]]);
});

test("keeps the connection for the next request", async () => {
  const ports = new Set<number | undefined>();
  const { target } = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end("x".repeat(100_000));
  });
  const load = sender();

  for (let index = 0; index < 5; index += 1) await load.send(target);

  expect(ports.size).toBe(1);
});

test("reports a redirect and does not follow it", async () => {
  let requests = 0;
  const { target } = await serve((_, response) => {
    requests += 1;
    response.writeHead(302, { Location: "/elsewhere" }).end();
  });

  expect(await sender().send(target)).toEqual({ status: 302 });
  expect(requests).toBe(1);
});

test("reads no more of a body than it must", async () => {
  let written = 0;
  const { target } = await serve((_, response) => {
    const more = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536;
    };
    response.on("drain", more);
    more();
  });

  expect(await sender({ maxBodyBytes: 100_000 }).send(target)).toEqual({ status: 200 });
  expect(written).toBeLessThan(50_000_000);
});

test("an application that accepts and never answers has timed out", async () => {
  const { target } = await serve(() => undefined);

  expect(await sender({ timeoutMs: 50 }).send(target)).toEqual({ failure: "timed out" });
});

test("so has one that never ends its answer", async () => {
  const { target } = await serve((_, response) => {
    response.write("half");
  });

  expect(await sender({ timeoutMs: 50 }).send(target)).toEqual({ failure: "timed out" });
});

test("an answer that breaks off is a lost connection", async () => {
  const { target } = await serve((_, response) => {
    response.writeHead(200, { "Content-Length": "100" });
    response.write("half", () => response.destroy());
  });

  expect(await sender().send(target)).toEqual({ failure: "connection lost" });
});

test("nobody listens: connection refused", async () => {
  const server = await serve(() => undefined);
  await new Promise((resolve) => server.close(resolve));

  expect(await sender().send(server.target)).toEqual({ failure: "connection refused" });
});

test("a name that nobody knows", async () => {
  const lookup: LookupFunction = (_name, _options, callback) =>
    callback(Object.assign(new Error("not found"), { code: "ENOTFOUND" }), []);

  expect(await sender({ lookup }).send({ secure: false, address: "a.example", port: 80, path: "/" })).toEqual(
    {
      failure: "unknown host",
    },
  );
});

test("https to something that speaks no TLS", async () => {
  const { target } = await serve((_, response) => response.end());

  expect(await sender().send({ ...target, secure: true })).toEqual({ failure: "TLS failed" });
});

test("connects to the address that the name resolved to", async () => {
  const { target } = await serve((_, response) => response.end());

  expect(
    await sender({ lookup: resolvingTo("127.0.0.1") }).send({ ...target, address: "a.example" }),
  ).toEqual({
    status: 200,
  });
});

test("never connects when a name has a link-local address, be it one of several", async () => {
  let requests = 0;
  const { target } = await serve((_, response) => {
    requests += 1;
    response.end();
  });
  const load = sender({ lookup: resolvingTo("127.0.0.1", "169.254.169.254") });

  expect(await load.send({ ...target, address: "a.example" })).toEqual({ failure: "link-local address" });
  expect(requests).toBe(0);
});

test.each([
  "169.254.169.254",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "fe80::1",
  "febf::1",
  "fe80::1%lo",
  "64:ff9b::a9fe:a9fe",
  "2002:a9fe:a9fe::1",
  "100.100.100.200",
  "fd00:ec2::254",
])("%s is link-local, or as dangerous", async (address) => {
  expect(isLinkLocal(address)).toBe(true);
  expect(await sender().send({ secure: false, address, port: 80, path: "/" })).toEqual({
    failure: "link-local address",
  });
});

test.each(["127.0.0.1", "10.0.0.1", "169.253.255.255", "::1", "fec0::1", "2001:db8::1"])(
  "%s is not",
  (address) => {
    expect(isLinkLocal(address)).toBe(false);
  },
);

test("close cuts off what is open", async () => {
  const load = sender();
  const { target } = await serve(() => load.close());

  expect(await load.send(target)).toEqual({ failure: "cut off" });
  expect(await load.send(target)).toEqual({ failure: "cut off" });
});

test("a hundred slow requests at a time do not hold up each other", async () => {
  const waiting: (() => void)[] = [];
  const { target } = await serve((_, response) => {
    waiting.push(() => response.end());
    if (waiting.length === 100) for (const answer of waiting) answer();
  });
  const load = sender();

  const answers = await Promise.all(Array.from({ length: 100 }, () => load.send(target)));

  expect(answers.every((answer) => "status" in answer)).toBe(true);
});

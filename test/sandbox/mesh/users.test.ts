import { afterEach, describe, expect, it } from "vitest";
import { startUsers, type Users, type UsersOptions } from "../../../sandbox/mesh/users.ts";
import { realClock } from "../../../steps/lib/process/clock.ts";
import { createMeshWorld, gate, HOST, type MeshWorld, split } from "./mesh-world.ts";

const clock = realClock();
let world: MeshWorld;
let users: Users;
afterEach(async () => {
  await users.close();
  await world.close();
});

function start(options: Partial<UsersOptions> = {}): void {
  const { host, port } = world.gateway;
  const defaults = { rate: 200, hostHeader: HOST, keepalive: true, random: Math.random, clock };
  users = startUsers({ host, port, ...defaults, ...options });
}

const ever = () => users.seen(0, Number.POSITIVE_INFINITY);
const totals = () => Object.values(ever()).reduce((sum, { total }) => sum + total, 0);

describe("the users", () => {
  it("see which version answered, how often and how fast", async () => {
    world = await createMeshWorld();
    await world.pod("v1");
    await world.pod("v2", { version: "v2" }, (_, response) => response.writeHead(500).end());
    split(world, { v1: 50, v2: 50 });
    start();
    await expect.poll(() => Math.min(ever()["v1"]?.total ?? 0, ever()["v2"]?.total ?? 0)).toBeGreaterThan(10);
    const { v1, v2 } = ever();
    expect(v1?.errors).toBe(0);
    expect(v2?.errors).toBe(v2?.total);
    expect(v1?.p50).toBeGreaterThan(0);
    expect(v1?.p99).toBeGreaterThanOrEqual(v1?.p50 ?? Number.POSITIVE_INFINITY);
  });

  it("count an answer that no version gave as an error", async () => {
    world = await createMeshWorld();
    start({ hostHeader: "example.com" });
    await expect.poll(totals).toBeGreaterThan(3);
    const { "(none)": nobody, ...others } = ever();
    expect(nobody?.errors).toBe(nobody?.total);
    expect(others).toEqual({});
  });

  it("do not wait for answers before they ask again", async () => {
    world = await createMeshWorld();
    const released = gate();
    await world.pod("v1", {}, async (_, response) => {
      await released.opened;
      response.end();
    });
    start();
    await expect.poll(() => users.open()).toBeGreaterThan(20);
    expect(ever()).toEqual({});
    released.open();
    await expect.poll(() => ever()["v1"]?.total ?? 0).toBeGreaterThan(20);
  });

  it("can be asked about an interval of time, its end excluded", async () => {
    world = await createMeshWorld();
    await world.pod("v1");
    start();
    await expect.poll(totals).toBeGreaterThan(5);
    await users.close();
    const all = totals();
    const now = clock.now();
    const half = now - 10;
    const parts = [users.seen(0, half), users.seen(half, now + 1)].map(({ v1 }) => v1?.total ?? 0);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBe(all);
    expect(users.seen(now + 1, Number.POSITIVE_INFINITY)).toEqual({});
  });

  it("leave, when they close, with the answers to all they asked", async () => {
    world = await createMeshWorld();
    await world.pod("v1");
    start({ keepalive: false });
    await expect.poll(totals).toBeGreaterThan(3);
    await users.close();
    expect(users.open()).toBe(0);
    expect(ever()["v1"]?.errors).toBe(0);
  });

  it("come at the rate they were told", async () => {
    world = await createMeshWorld();
    await world.pod("v1");
    // One gap of ln 2 seconds / rate after the other.
    start({ rate: 1000 * Math.LN2, random: () => 0.5 });
    const started = clock.now();
    await expect.poll(totals).toBeGreaterThanOrEqual(100);
    await users.close();
    const seconds = (clock.now() - started) / 1000;
    expect(totals()).toBeLessThanOrEqual(1000 * seconds + 2);
  });

  it("cannot come at no rate", async () => {
    world = await createMeshWorld();
    expect(() => start({ rate: 0 })).toThrow("above 0");
    start();
  });
});

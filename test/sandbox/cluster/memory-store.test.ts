import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import { StatusError, type StoreEvent } from "../../../sandbox/cluster/store.ts";
import type { KubeObject, OwnerReference } from "../../../steps/lib/ports/kinds.ts";

const NOON = Date.UTC(2030, 0, 1, 12);

function newStore() {
  return createStore({ now: () => NOON });
}

function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop" }, data };
}

function deployment(replicas = 1): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", labels: { app: "web", tier: "front" } },
    spec: { replicas },
  };
}

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof StatusError) return `${error.code} ${error.reason}`;
    throw error;
  }
  return "accepted";
}

describe("a created object", () => {
  test("gets an identity, a version, a time and a generation", () => {
    const created = newStore().create(deployment(), { manager: "tester" });
    expect(created.metadata).toMatchObject({
      uid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2030-01-01T12:00:00Z",
      managedFields: [{ manager: "tester", operation: "Update", time: "2030-01-01T12:00:00Z" }],
    });
  });

  test("loses a status that a user brings, and keeps one that a controller brings", () => {
    const status = { readyReplicas: 1 };
    expect(newStore().create({ ...deployment(), status })["status"]).toBeUndefined();
    expect(newStore().create({ ...deployment(), status }, { subresource: "status" })["status"]).toEqual(
      status,
    );
  });

  test("gets the same uid from the same randomness", () => {
    const uid = () => createStore({ now: () => 0, random: () => 0.5 }).create(configMap("a")).metadata.uid;
    expect(uid()).toBe(uid());
  });

  test("may leave the end of its name to the store", () => {
    const metadata = { generateName: "run-", namespace: "shop" } as unknown as KubeObject["metadata"];
    expect(newStore().create({ ...configMap("x"), metadata }).metadata.name).toMatch(/^run-[a-z0-9]{5}$/);
  });

  test("is refused when there is one of that name in that namespace", () => {
    const store = newStore();
    store.create(configMap("a"));
    expect(refusal(() => store.create(configMap("a")))).toBe("409 AlreadyExists");
    expect(
      refusal(() => store.create({ ...configMap("a"), metadata: { name: "a", namespace: "other" } })),
    ).toBe("accepted");
  });

  test("of a dry run is told about and not stored, also that there is one of that name", () => {
    const store = newStore();
    const seen: StoreEvent[] = [];
    store.watch((event) => seen.push(event));

    expect(store.create(configMap("a"), { dryRun: true }).metadata.name).toBe("a");

    expect(store.list("ConfigMap")).toEqual([]);
    expect(seen).toEqual([]);
    store.create(configMap("a"));
    expect(refusal(() => store.create(configMap("a"), { dryRun: true }))).toBe("409 AlreadyExists");
  });

  test("is not shared with the one who made it", () => {
    const store = newStore();
    const data: Record<string, string> = { key: "value" };
    store.create(configMap("a", data));
    data["key"] = "changed";
    expect(store.get("ConfigMap", "shop", "a")?.["data"]).toEqual({ key: "value" });
  });
});

describe("a write", () => {
  test("to a stale version is a conflict, for PUT and for PATCH", () => {
    const store = newStore();
    const first = store.create(configMap("a"));
    store.patch("ConfigMap", "shop", "a", { data: { key: "1" } });
    expect(refusal(() => store.replace(first))).toBe("409 Conflict");
    const { resourceVersion } = first.metadata;
    expect(refusal(() => store.patch("ConfigMap", "shop", "a", { metadata: { resourceVersion } }))).toBe(
      "409 Conflict",
    );
  });

  test("meant for another object of the same name is refused, a patch as an invalid one", () => {
    const store = newStore();
    const { uid } = store.create(configMap("a")).metadata;
    store.remove("ConfigMap", "shop", "a");
    store.create(configMap("a"));
    expect(refusal(() => store.patch("ConfigMap", "shop", "a", { metadata: { uid } }))).toBe("422 Invalid");
    expect(refusal(() => store.remove("ConfigMap", "shop", "a", uid))).toBe("409 Conflict");
  });

  test("to what is not there is not found", () => {
    const store = newStore();
    expect(refusal(() => store.patch("ConfigMap", "shop", "a", {}))).toBe("404 NotFound");
    expect(refusal(() => store.remove("ConfigMap", "shop", "a"))).toBe("404 NotFound");
  });

  test("by PUT must name the version that it replaces", () => {
    const store = newStore();
    store.create(configMap("a"));
    expect(refusal(() => store.replace(configMap("a")))).toBe("422 Invalid");
  });

  test("that changes nothing leaves the version and tells nobody", () => {
    const store = newStore();
    const created = store.create(configMap("a", { key: "value" }));
    const events: StoreEvent[] = [];
    store.watch((event) => events.push(event));
    const written = store.patch("ConfigMap", "shop", "a", { data: { key: "value" } }, { manager: "another" });
    expect(written).toEqual(created);
    expect(events).toEqual([]);
  });

  test("to the object leaves its status, and the other way round", () => {
    const store = newStore();
    store.create(deployment());
    const patch = { spec: { replicas: 5 }, status: { readyReplicas: 5 } };
    expect(store.patch("Deployment", "shop", "web", patch, { subresource: "status" })).toMatchObject({
      spec: { replicas: 1 },
      status: { readyReplicas: 5 },
      metadata: { generation: 1 },
    });
    expect(store.patch("Deployment", "shop", "web", { ...patch, status: null })).toMatchObject({
      spec: { replicas: 5 },
      status: { readyReplicas: 5 },
      metadata: { generation: 2 },
    });
  });

  test("of labels alone keeps the generation", () => {
    const store = newStore();
    store.create(deployment());
    const labelled = store.patch("Deployment", "shop", "web", {
      metadata: { labels: { new: "yes" }, uid: undefined },
    });
    expect(labelled.metadata).toMatchObject({ generation: 1, labels: { app: "web", new: "yes" } });
  });

  test("cannot change what the object is", () => {
    const store = newStore();
    const { uid } = store.create(configMap("a")).metadata;
    const patch = { kind: "Secret", metadata: { name: "b", creationTimestamp: "2000-01-01T00:00:00Z" } };
    store.patch("ConfigMap", "shop", "a", patch);
    expect(store.get("ConfigMap", "shop", "a")).toMatchObject({
      kind: "ConfigMap",
      metadata: { name: "a", uid, creationTimestamp: "2030-01-01T12:00:00Z" },
    });
  });

  test("can be refused or pruned on admission", () => {
    const store = createStore({
      now: () => NOON,
      admit: ({ extra: _extra, ...object }) => {
        if (object.metadata.name === "bad") throw new StatusError(422, "Invalid", "no");
        return object;
      },
    });
    expect(refusal(() => store.create(configMap("bad")))).toBe("422 Invalid");
    expect(store.create({ ...configMap("good"), extra: 1 })).not.toHaveProperty("extra");
  });

  test("of one writer among many at the same version succeeds, whoever is first", () => {
    const writers = fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(writers, (schedule) => {
        const store = newStore();
        store.create(configMap("counter", { count: "0" }));
        const read = new Map<number, KubeObject>();
        let accepted = 0;
        for (const writer of schedule) {
          const seen = read.get(writer);
          read.delete(writer);
          if (seen === undefined) {
            const current = store.get("ConfigMap", "shop", "counter");
            if (current !== undefined) read.set(writer, current);
            continue;
          }
          const count = Number((seen["data"] as { count: string }).count) + 1;
          if (refusal(() => store.replace({ ...seen, data: { count: String(count) } })) === "accepted")
            accepted += 1;
        }
        expect(store.get("ConfigMap", "shop", "counter")?.["data"]).toEqual({ count: String(accepted) });
      }),
    );
  });
});

test("versions grow over all objects, in the order in which the watchers see them", () => {
  const store = newStore();
  const seen: string[] = [];
  store.watch(({ type, object }) => {
    if (type === "ADDED" && object.metadata.name === "a")
      store.patch("ConfigMap", "shop", "a", { data: { by: "first" } });
  });
  const stop = store.watch(({ type, object }) =>
    seen.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`),
  );
  store.create(configMap("a"));
  store.create(configMap("b"));
  store.remove("ConfigMap", "shop", "a");
  stop();
  store.create(configMap("c"));
  expect(seen).toEqual(["ADDED a 1", "MODIFIED a 2", "ADDED b 3", "DELETED a 4"]);
});

test("a list is by namespace and by labels", () => {
  const store = newStore();
  store.create(deployment());
  store.create({ ...deployment(), metadata: { name: "api", namespace: "other", labels: { app: "api" } } });
  const names = (...of: Parameters<typeof store.list>) =>
    store.list(...of).map(({ metadata }) => metadata.name);
  expect(names("Deployment")).toEqual(["api", "web"]);
  expect(names("Deployment", "shop")).toEqual(["web"]);
  expect(names("Deployment", undefined, { app: "api" })).toEqual(["api"]);
  expect(names("Deployment", "shop", { app: "web", tier: "back" })).toEqual([]);
});

test("what is owned goes with its owner, and so does what that owns", () => {
  const store = newStore();
  const owned = (name: string, by: KubeObject) => {
    const { apiVersion, kind, metadata } = by;
    const owner: OwnerReference = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "" };
    return store.create({
      ...configMap(name),
      metadata: { name, namespace: "shop", ownerReferences: [owner] },
    });
  };
  const child = owned("child", store.create(configMap("parent")));
  owned("grandchild", child);
  store.create(configMap("stranger"));
  store.remove("ConfigMap", "shop", "parent");
  expect(store.list("ConfigMap").map(({ metadata }) => metadata.name)).toEqual(["stranger"]);
});

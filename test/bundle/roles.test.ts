/** Least privilege: what the service accounts may do, and that nothing is granted to nobody. */
import { describe, expect, it } from "vitest";
import { KINDS } from "../../steps/lib/ports/kinds.ts";
import { documents, kustomized, type Manifest, pipeline } from "./manifests.ts";

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface Role extends Manifest {
  readonly rules: readonly Rule[];
}
interface Binding extends Manifest {
  readonly subjects: readonly { readonly kind: string; readonly name: string }[];
  readonly roleRef: { readonly kind: string; readonly name: string };
}

const folders = ["config", "config/app", "triggers"] as const;
type Folder = (typeof folders)[number];
const contents = new Map(
  folders.map((folder) => [folder, kustomized(folder).flatMap((path) => documents(path))]),
);
/** The objects of a kind; `T` is what the kind looks like. */
const objects = <T extends Manifest>(folder: Folder, ...kinds: readonly string[]): readonly T[] =>
  (contents.get(folder) ?? []).filter((object): object is T => kinds.includes(object.kind));
const roles = (folder: Folder) => objects<Role>(folder, "Role", "ClusterRole");
const bindings = (folder: Folder) => objects<Binding>(folder, "RoleBinding", "ClusterRoleBinding");
const accounts = [...objects("config", "ServiceAccount"), ...objects("triggers", "ServiceAccount")].map(
  ({ metadata }) => metadata.name,
);

const groupOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
/** The resources that the step programs know, as group/plural. */
const known = new Set(
  Object.values(KINDS).map(({ apiVersion, plural }) => `${groupOf(apiVersion)}/${plural}`),
);
/** The verbs that the step programs have; there is no watch and no deletecollection. */
const verbs = ["get", "list", "create", "update", "patch", "delete"];

/** What an account may do in a folder's namespace, as "verb group/resource". */
function grants(folder: Folder, account: string): ReadonlySet<string> {
  const names = bindings(folder)
    .filter(({ subjects }) => subjects.some(({ name }) => name === account))
    .map(({ roleRef }) => roleRef.name);
  const rules = roles(folder)
    .filter(({ metadata }) => names.includes(metadata.name))
    .flatMap((role) => role.rules);
  return new Set(
    rules.flatMap((rule) =>
      rule.apiGroups.flatMap((group) =>
        rule.resources.flatMap((resource) => rule.verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );
}

const steps = ["canary-create", "canary-load", "canary-apply", "canary-wait", "canary-finish"];

describe.each(folders)("roles of %s", (folder) => {
  it("are each bound, by a binding of the same name, to accounts that exist", () => {
    expect(
      bindings(folder)
        .map(({ roleRef }) => `${roleRef.kind}/${roleRef.name}`)
        .sort(),
    ).toEqual(
      roles(folder)
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
        .sort(),
    );
    for (const { metadata, roleRef, subjects } of bindings(folder)) {
      expect(metadata.name).toBe(roleRef.name);
      for (const { kind, name } of subjects) {
        expect(kind).toBe("ServiceAccount");
        expect(accounts).toContain(name);
      }
    }
  });

  it("have no wildcards and read no Secret", () => {
    for (const { metadata, rules } of roles(folder)) {
      for (const { apiGroups, resources, verbs } of rules) {
        expect([...apiGroups, ...resources, ...verbs], metadata.name).not.toContain("*");
        expect(resources, metadata.name).not.toContain("secrets");
      }
    }
  });

  it("grant nothing twice", () => {
    for (const { metadata, rules } of roles(folder)) {
      const all = rules.flatMap(({ apiGroups, resources, verbs }) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
        ),
      );
      expect(all, metadata.name).toEqual([...new Set(all)]);
    }
  });
});

describe.each(steps)("%s", (account) => {
  it("may do only what a step program can do", () => {
    for (const grant of [...grants("config", account), ...grants("config/app", account)]) {
      const [verb, resource = ""] = grant.split(" ");
      expect(verbs).toContain(verb);
      expect(known).toContain(resource.replace(/\/status$/, ""));
    }
  });

  it("may look at the runs", () => {
    const runs = [...grants("config", account)].filter((one) => one.includes("tekton.dev"));
    expect(runs).toEqual(["get tekton.dev/pipelineruns", "list tekton.dev/taskruns"]);
  });

  it("may read the Experiment", () => {
    expect(grants("config/app", account)).toContain("get iter8.tools/experiments");
  });
});

it("lets only those delete who settle a release", () => {
  const deleters = steps.filter((account) =>
    [...grants("config/app", account)].some((one) => one.startsWith("delete ")),
  );
  expect(deleters).toEqual(["canary-create", "canary-wait", "canary-finish"]);
});

it("lets generate-load change nothing and apply-candidate only what is new", () => {
  const load = [...grants("config/app", "canary-load"), ...grants("config", "canary-load")];
  expect(load.filter((one) => !/^(get|list) /.test(one))).toEqual([]);
  const apply = [...grants("config/app", "canary-apply")];
  expect(apply.filter((one) => !/^(get|list|create) /.test(one))).toEqual(["patch apps/deployments"]);
  expect(apply.filter((one) => one.includes("istio"))).toEqual([]);
});

it("lets the finally task do what the loop does, and release the lock", () => {
  const finish = [...grants("config/app", "canary-finish")];
  const lock = "patch coordination.k8s.io/leases";
  expect(finish).toContain(lock);
  expect(finish.filter((one) => one !== lock)).toEqual([...grants("config/app", "canary-wait")]);
});

it("grants only the verbs that the programs call on each kind", () => {
  const called: Readonly<Record<string, readonly string[]>> = {
    "/configmaps": ["create", "delete", "get", "patch"],
    "/events": ["create"],
    "/pods": ["list"],
    "/services": ["create", "get", "patch"],
    "apps/deployments": ["create", "delete", "get", "list", "patch"],
    "apps/replicasets": ["list"],
    "autoscaling/horizontalpodautoscalers": ["create", "get", "list", "patch"],
    "coordination.k8s.io/leases": ["create", "get", "patch"],
    "discovery.k8s.io/endpointslices": ["list"],
    "iter8.tools/experiments": ["create", "delete", "get", "list", "patch"],
    "iter8.tools/experiments/status": ["patch"],
    "networking.istio.io/destinationrules": ["create", "delete", "list", "update"],
    "networking.istio.io/virtualservices": ["create", "delete", "list", "update"],
    "policy/poddisruptionbudgets": ["create", "get", "patch"],
  };
  const granted: Record<string, string[]> = {};
  for (const grant of new Set(steps.flatMap((account) => [...grants("config/app", account)]))) {
    const [verb = "", resource = ""] = grant.split(" ");
    granted[resource] = [...(granted[resource] ?? []), verb].sort();
  }
  expect(granted).toEqual(called);
});

it("lets create-experiment write no pod", () => {
  const create = grants("config/app", "canary-create");
  expect([...create].filter((one) => one.endsWith("/pods"))).toEqual(["list /pods"]);
});

it("lets the listener create runs and read what Triggers needs", () => {
  const writes = [...grants("triggers", "canary-listener")].filter((one) => !/^(get|list|watch) /.test(one));
  expect(writes.sort()).toEqual(["create /events", "create tekton.dev/pipelineruns", "patch /events"]);
});

it("has one account per task of the Pipeline", () => {
  expect(steps).toHaveLength(pipeline.spec.tasks.length + pipeline.spec.finally.length);
  expect(accounts).toEqual([...steps, "canary-listener"]);
});

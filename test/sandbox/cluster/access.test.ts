import { describe, expect, test } from "vitest";
import { type Attempt, refusal } from "../../../sandbox/cluster/access.ts";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";

const account = { namespace: "ci", name: "canary" };
const getLease: Attempt = {
  verb: "get",
  group: "coordination.k8s.io",
  plural: "leases",
  namespace: "shop",
  name: "canary-web",
};

interface World {
  readonly rule?: object;
  readonly subject?: object;
  readonly role?: "Role" | "ClusterRole";
  readonly binding?: "RoleBinding" | "ClusterRoleBinding";
  readonly attempt?: Partial<Attempt>;
}

const RULE = { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create"] };

function isAllowed({
  rule = RULE,
  subject = { kind: "ServiceAccount", ...account },
  role = "Role",
  binding = "RoleBinding",
  attempt = {},
}: World): boolean {
  const store = createStore({ now: () => 0 });
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const inShop = { name: "canary", namespace: "shop" };
  store.create({
    apiVersion,
    kind: role,
    metadata: role === "Role" ? inShop : { name: "canary" },
    rules: [rule],
  });
  store.create({
    apiVersion,
    kind: binding,
    metadata: binding === "RoleBinding" ? inShop : { name: "canary" },
    roleRef: { kind: role, name: "canary" },
    subjects: [subject],
  });
  return refusal(store, account, { ...getLease, ...attempt }) === undefined;
}

describe("a service account may", () => {
  test.each<[string, World]>([
    ["do what its role says", {}],
    ["do what a ClusterRole says, in the binding's namespace", { role: "ClusterRole" }],
    [
      "do it anywhere with a ClusterRoleBinding",
      { role: "ClusterRole", binding: "ClusterRoleBinding", attempt: { namespace: "other" } },
    ],
    [
      "do it at the cluster scope with a ClusterRoleBinding",
      { role: "ClusterRole", binding: "ClusterRoleBinding", attempt: { namespace: undefined } },
    ],
    ["do what stars allow", { rule: { apiGroups: ["*"], resources: ["*"], verbs: ["*"] } }],
    ["be named as a user", { subject: { kind: "User", name: "system:serviceaccount:ci:canary" } }],
    ["belong to a group", { subject: { kind: "Group", name: "system:serviceaccounts:ci" } }],
    ["get an object that is named", { rule: { ...RULE, resourceNames: ["canary-web"] } }],
    [
      "write a status that is named",
      { rule: { ...RULE, resources: ["leases/status"] }, attempt: { subresource: "status" } },
    ],
  ])("%s", (_what, world) => expect(isAllowed(world)).toBe(true));
});

describe("a service account may not", () => {
  test.each<[string, World]>([
    ["use another verb", { attempt: { verb: "delete" } }],
    ["touch another resource", { attempt: { plural: "secrets" } }],
    ["touch another group", { attempt: { group: "" } }],
    ["go to another namespace", { attempt: { namespace: "other" } }],
    ["list all namespaces with a RoleBinding", { role: "ClusterRole", attempt: { namespace: undefined } }],
    ["write the status with a rule for the object", { attempt: { subresource: "status" } }],
    ["get an object of another name", { rule: { ...RULE, resourceNames: ["other"] } }],
    [
      "create by a rule with names",
      { rule: { ...RULE, resourceNames: ["canary-web"] }, attempt: { verb: "create" } },
    ],
    [
      "use the rights of its namesake",
      { subject: { kind: "ServiceAccount", name: "canary", namespace: "other" } },
    ],
  ])("%s", (_what, world) => expect(isAllowed(world)).toBe(false));
});

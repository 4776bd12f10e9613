/** Kubernetes' RBAC, from the Role and binding objects in the store. */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Store } from "./store.ts";

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

/** What somebody wants to do, in RBAC's terms. */
export interface Attempt {
  readonly verb: "get" | "list" | "create" | "update" | "patch" | "delete";
  /** Empty for the core group. */
  readonly group: string;
  readonly plural: string;
  readonly subresource?: "status" | undefined;
  /** Undefined: at the cluster scope. */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface RoleObject extends KubeObject {
  readonly rules?: readonly Rule[] | null;
}

interface Binding extends KubeObject {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
}

/** The user name that Kubernetes gives to a service account. */
export function userName({ namespace, name }: ServiceAccount): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

/** Why the service account may not do this, in Kubernetes' words; undefined when it may. */
export function refusal(store: Store, account: ServiceAccount, attempt: Attempt): string | undefined {
  const allowed = rulesFor(store, account, attempt.namespace).some((rule) => allows(rule, attempt));
  return allowed ? undefined : forbidden(account, attempt);
}

/** That the service account may not do this, in Kubernetes' words. */
export function forbidden(account: ServiceAccount, attempt: Attempt): string {
  const { verb, group, plural, subresource, namespace, name } = attempt;
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const what = `${plural}${group === "" ? "" : `.${group}`}${name === undefined ? "" : ` "${name}"`}`;
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace "${namespace}"`;
  return `${what} is forbidden: User "${userName(account)}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
}

function rulesFor(store: Store, account: ServiceAccount, namespace: string | undefined): readonly Rule[] {
  const bindings = [
    ...store.list<Binding>("ClusterRoleBinding"),
    ...(namespace === undefined ? [] : store.list<Binding>("RoleBinding", namespace)),
  ];
  return bindings
    .filter((binding) =>
      binding.subjects?.some((subject) => isAccount(subject, account, binding.metadata.namespace)),
    )
    .flatMap(({ roleRef, metadata }) => {
      const inNamespace = roleRef.kind === "Role" ? (metadata.namespace ?? "") : "";
      return store.get<RoleObject>(roleRef.kind, inNamespace, roleRef.name)?.rules ?? [];
    });
}

function isAccount(
  subject: { readonly kind: string; readonly name: string; readonly namespace?: string },
  account: ServiceAccount,
  bindingNamespace: string | undefined,
): boolean {
  switch (subject.kind) {
    case "ServiceAccount":
      return subject.name === account.name && (subject.namespace ?? bindingNamespace) === account.namespace;
    case "User":
      return subject.name === userName(account);
    case "Group":
      return [
        "system:authenticated",
        "system:serviceaccounts",
        `system:serviceaccounts:${account.namespace}`,
      ].includes(subject.name);
    default:
      return false;
  }
}

function allows(rule: Rule, { verb, group, plural, subresource, name }: Attempt): boolean {
  const resource = subresource === undefined ? plural : `${plural}/${subresource}`;
  const names = rule.resourceNames ?? [];
  // A create does not know its name yet as far as RBAC is concerned.
  const named = names.length === 0 || (verb !== "create" && name !== undefined && names.includes(name));
  return (
    matches(rule.verbs, verb) &&
    matches(rule.apiGroups, group) &&
    (matches(rule.resources, resource) || (rule.resources?.includes(`*/${subresource}`) ?? false)) &&
    named
  );
}

function matches(allowed: readonly string[] = [], value: string): boolean {
  return allowed.includes("*") || allowed.includes(value);
}

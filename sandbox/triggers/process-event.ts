/** One event and one trigger: through the interceptors, the bindings and the template to what is created. */
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import { refusal } from "../cluster/access.ts";
import { isRecord } from "../cluster/json.ts";
import { StatusError, type Store } from "../cluster/store.ts";
import { bindParams } from "./binding-values.ts";
import { intercept as interceptCel } from "./cel-interceptor.ts";
import type { Decision, WebhookEvent } from "./event.ts";
import { intercept as interceptGithub } from "./github-interceptor.ts";
import {
  type BindingParam,
  type Interceptor,
  parseTriggerBinding,
  parseTriggerTemplate,
  type Trigger,
} from "./manifest.ts";
import { instantiate } from "./template.ts";

export type TriggerOutcome =
  | { readonly kind: "filtered" | "rejected"; readonly why: string }
  | { readonly kind: "created" | "exists"; readonly name: string; readonly namespace: string };

export interface TriggerContext {
  readonly store: Store;
  /** Of the listener. */
  readonly namespace: string;
  readonly eventListener: string;
  readonly serviceAccount: string;
  /** What `$(uid)` becomes. */
  readonly uid: string;
}

/** Never throws: what goes wrong is an outcome, as the real listener only logs it. */
export function processEvent(
  trigger: Trigger,
  received: WebhookEvent,
  context: TriggerContext,
): TriggerOutcome[] {
  try {
    let event = received;
    for (const interceptor of trigger.interceptors) {
      const decision = decide(interceptor, event, context);
      if (decision.kind !== "continue") return [decision];
      event = { ...event, extensions: { ...event.extensions, ...decision.extensions } };
    }
    const template = parseTriggerTemplate(find("TriggerTemplate", trigger.template.ref, context));
    const params = bindParams(bindingsOf(trigger, context), template.params, event);
    return instantiate(template, { params, uid: context.uid }).map((object) =>
      create(labelled(object, trigger, event, context), context),
    );
  } catch (error) {
    return [{ kind: "rejected", why: error instanceof Error ? error.message : String(error) }];
  }
}

function decide(
  interceptor: Interceptor,
  event: WebhookEvent,
  { store, namespace }: TriggerContext,
): Decision {
  switch (interceptor.kind) {
    case "github":
      return interceptGithub(event, interceptor.params, (name, key) =>
        secretValue(store, namespace, name, key),
      );
    case "cel":
      return interceptCel(event, interceptor.params);
  }
}

function secretValue(store: Store, namespace: string, name: string, key: string): Buffer | undefined {
  const secret = store.get("Secret", namespace, name);
  const encoded = isRecord(secret?.["data"]) ? secret["data"][key] : undefined;
  if (encoded !== undefined) return Buffer.from(String(encoded), "base64");
  const text = isRecord(secret?.["stringData"]) ? secret["stringData"][key] : undefined;
  return text === undefined ? undefined : Buffer.from(String(text));
}

function bindingsOf(trigger: Trigger, context: TriggerContext): BindingParam[] {
  return trigger.bindings.flatMap((binding) =>
    "ref" in binding ? parseTriggerBinding(find("TriggerBinding", binding.ref, context)).params : [binding],
  );
}

function find(kind: string, name: string, { store, namespace }: TriggerContext): KubeObject {
  const object = store.get(kind, namespace, name);
  if (object === undefined) throw new Error(`${kind} "${namespace}/${name}" not found`);
  return object;
}

function labelled(
  object: KubeObject,
  trigger: Trigger,
  event: WebhookEvent,
  context: TriggerContext,
): KubeObject {
  const { metadata } = object;
  const labels = {
    ...metadata.labels,
    "triggers.tekton.dev/eventlistener": context.eventListener,
    "triggers.tekton.dev/trigger": trigger.name,
    "triggers.tekton.dev/triggers-eventid": event.eventId,
  };
  return { ...object, metadata: { ...metadata, namespace: metadata.namespace ?? context.namespace, labels } };
}

/** Created with the rights of the listener's service account. */
function create(object: KubeObject, { store, namespace, serviceAccount }: TriggerContext): TriggerOutcome {
  const target = { name: object.metadata.name, namespace: object.metadata.namespace ?? namespace };
  const refused = refusal(
    store,
    { namespace, name: serviceAccount },
    { verb: "create", group: "tekton.dev", plural: "pipelineruns", namespace: target.namespace },
  );
  if (refused !== undefined) return { kind: "rejected", why: refused };
  try {
    store.create(object, { manager: "eventlistenersink" });
    return { kind: "created", ...target };
  } catch (error) {
    if (error instanceof StatusError && error.reason === "AlreadyExists")
      return { kind: "exists", ...target };
    throw error;
  }
}

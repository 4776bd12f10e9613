import { createHmac } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import type { Store } from "../../../sandbox/cluster/store.ts";
import { type Listener, type ListenerEvent, startListener } from "../../../sandbox/triggers/listener.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

const OBJECTS = `
apiVersion: v1
kind: Secret
metadata: {name: webhook}
data: {token: ${Buffer.from("s3cret").toString("base64")}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: listener}
rules: [{apiGroups: [tekton.dev], resources: [pipelineruns], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: listener}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: listener}
subjects: [{kind: ServiceAccount, name: listener}]
---
apiVersion: triggers.tekton.dev/v1beta1
kind: EventListener
metadata: {name: el}
spec:
  serviceAccountName: listener
  triggers:
    - name: push
      interceptors:
        - name: signature
          ref: {name: github, kind: ClusterInterceptor}
          params:
            - {name: secretRef, value: {secretName: webhook, secretKey: token}}
            - {name: eventTypes, value: [push]}
        - ref: {name: cel}
          params:
            - {name: filter, value: "body.ref == 'refs/heads/main' && !body.deleted"}
            - name: overlays
              value:
                - {key: branch, expression: "body.ref.replace('refs/heads/', '')"}
                - {key: delivery, expression: "header.canonical('X-GitHub-Delivery').lowerAscii().truncate(4)"}
                - {key: count, expression: "size(body.commits)"}
      bindings:
        - ref: push
        - {name: message, value: "$(body.commits[0].message)"}
      template: {ref: run}
---
apiVersion: triggers.tekton.dev/v1beta1
kind: TriggerBinding
metadata: {name: push}
spec:
  params:
    - {name: revision, value: $(body.after)}
    - {name: branch, value: $(extensions.branch)}
    - {name: delivery, value: $(extensions.delivery)}
    - {name: agent, value: $(header.User-Agent)}
    - {name: pusher, value: $(body.pusher.name)}
    - {name: event, value: $(context.eventID)}
---
apiVersion: triggers.tekton.dev/v1beta1
kind: TriggerTemplate
metadata: {name: run}
spec:
  params:
    - {name: revision}
    - {name: branch}
    - {name: delivery}
    - {name: message}
    - {name: agent}
    - {name: event}
    - {name: pusher, default: nobody}
    - {name: constant, default: fixed}
  resourcetemplates:
    - apiVersion: tekton.dev/v1
      kind: PipelineRun
      metadata: {name: app-$(tt.params.delivery), labels: {kept: "yes"}}
      spec:
        pipelineRef: {name: p}
        params:
          - {name: all, value: "$(tt.params.branch) $(tt.params.revision) $(tt.params.pusher) $(tt.params.constant)"}
          - {name: message, value: $(tt.params.message)}
          - {name: event, value: $(tt.params.event)}
          - {name: own, value: $(context.pipelineRun.name)}
`;

const PUSH = {
  ref: "refs/heads/main",
  after: "abc",
  deleted: false,
  commits: [{ message: 'quotes " and $(context.pipelineRun.uid)\nlines' }],
};

interface Listening extends KubeObject {
  readonly spec: { readonly triggers: [{ readonly interceptors: [object, object] }] };
}

let store: Store;
let listener: Listener;
let events: ListenerEvent[];
let heard: () => void;

beforeEach(async () => {
  store = createStore({ now: () => Date.UTC(2030, 0, 1) });
  for (const document of parseAllDocuments(OBJECTS)) {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const object = document.toJS() as KubeObject;
    store.create({ ...object, metadata: { ...object.metadata, namespace: "ci" } });
  }
  events = [];
  heard = () => {};
  listener = await startListener({
    store,
    namespace: "ci",
    eventListener: "el",
    onEvent: (event) => {
      events.push(event);
      heard();
    },
  });
});
afterEach(() => listener.close());

/** Sends a signed push; returns the answer and the first event after it. */
async function send(body: unknown, headers: Record<string, string> = {}) {
  const payload = typeof body === "string" ? body : JSON.stringify(body);
  const event = new Promise<void>((resolve) => {
    heard = resolve;
  });
  const response = await fetch(listener.url, {
    method: "POST",
    body: payload,
    headers: {
      "Content-Type": "application/json",
      "User-Agent": "hook",
      "X-GitHub-Event": "push",
      "X-GitHub-Delivery": "ABCDEF01",
      "X-Hub-Signature-256": `sha256=${createHmac("sha256", "s3cret").update(payload).digest("hex")}`,
      ...headers,
    },
  });
  if (response.status === 202) await event;
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    event: events.at(-1),
  };
}

function change(kind: string, name: string, spec: object): void {
  store.patch(kind, "ci", name, { spec });
}

describe("a signed push to the branch", () => {
  it("becomes a PipelineRun with labels that tell where it came from", async () => {
    const { status, body, event } = await send(PUSH);
    expect(status).toBe(202);
    expect(body).toMatchObject({ eventListener: "el", namespace: "ci", eventID: expect.any(String) });
    expect(event).toMatchObject({ kind: "created", name: "app-abcd", namespace: "ci", trigger: "push" });
    const run = store.get("PipelineRun", "ci", "app-abcd");
    expect(run?.metadata.labels).toEqual({
      kept: "yes",
      "triggers.tekton.dev/eventlistener": "el",
      "triggers.tekton.dev/trigger": "push",
      "triggers.tekton.dev/triggers-eventid": body["eventID"],
    });
    expect(run?.["spec"]).toMatchObject({
      params: [
        { name: "all", value: "main abc nobody fixed" },
        { name: "message", value: 'quotes " and $$(context.pipelineRun.uid)\nlines' },
        { name: "event", value: body["eventID"] },
        { name: "own", value: "$(context.pipelineRun.name)" },
      ],
    });
  });

  it("sent twice is answered twice and creates one run", async () => {
    await send(PUSH);
    const { status, event } = await send(PUSH);
    expect(status).toBe(202);
    expect(event).toMatchObject({ kind: "exists", name: "app-abcd" });
    expect(store.list("PipelineRun")).toHaveLength(1);
  });
});

describe("what is answered 202 and comes to nothing", () => {
  it.each([
    ["no signature", PUSH, { "X-Hub-Signature-256": "" }, "rejected", "no X-Hub-Signature-256 header set"],
    [
      "a wrong signature",
      PUSH,
      { "X-Hub-Signature-256": `sha256=${"0".repeat(64)}` },
      "rejected",
      "payload signature check failed",
    ],
    [
      "another event",
      PUSH,
      { "X-GitHub-Event": "ping", "X-Hub-Signature-256": "" },
      "filtered",
      "event type ping is not allowed",
    ],
    ["another branch", { ...PUSH, ref: "refs/heads/other" }, {}, "filtered", "did not return true"],
    [
      "a body that the filter cannot read",
      { ref: "refs/heads/main" },
      {},
      "rejected",
      "No such key: deleted",
    ],
    ["a missing value without a default", { ...PUSH, after: undefined }, {}, "rejected", "revision"],
  ])("%s", async (_, body, headers, kind, why) => {
    const { status, event } = await send(body, headers as Record<string, string>);
    expect(status).toBe(202);
    expect(event).toMatchObject({ kind, why: expect.stringContaining(why) });
    expect(store.list("PipelineRun")).toEqual([]);
  });

  it("a listener that may not create runs", async () => {
    store.remove("RoleBinding", "ci", "listener");
    expect((await send(PUSH)).event).toMatchObject({
      kind: "rejected",
      why: expect.stringContaining("forbidden"),
    });
  });

  it("a template that is not there", async () => {
    store.remove("TriggerTemplate", "ci", "run");
    expect((await send(PUSH)).event).toMatchObject({ why: 'TriggerTemplate "ci/run" not found' });
  });

  it("a binding that is made twice", async () => {
    change("TriggerBinding", "push", { params: [{ name: "message", value: "x" }] });
    expect((await send(PUSH)).event).toMatchObject({ why: "duplicate param name: message" });
  });
});

it.each(["no json", "[1]", '"text"'])("a body that is no JSON object (%s) is answered 400", async (body) => {
  expect((await send(body)).status).toBe(400);
  expect(events).toEqual([]);
});

it("without a secretRef nothing is verified, as in Tekton", async () => {
  const el = store.get<Listening>("EventListener", "ci", "el");
  if (el === undefined) throw new Error("no listener");
  const [trigger] = el.spec.triggers;
  const github = { ref: { name: "github" }, params: [{ name: "eventTypes", value: ["push"] }] };
  change("EventListener", "el", {
    triggers: [{ ...trigger, interceptors: [github, trigger.interceptors[1]] }],
  });
  expect((await send(PUSH, { "X-Hub-Signature-256": "sha256=wrong" })).event).toMatchObject({
    kind: "created",
  });
});

it("answers on /live", async () => {
  expect((await fetch(`${listener.url}/live`)).status).toBe(200);
});

it("refuses to start on fields that it does not know, naming them", async () => {
  change("EventListener", "el", { namespaceSelector: { matchNames: ["*"] } });
  await expect(startListener({ store, namespace: "ci", eventListener: "el" })).rejects.toThrow(
    /EventListener "el".*namespaceSelector/,
  );
});

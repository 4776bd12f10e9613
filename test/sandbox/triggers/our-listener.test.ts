/** Our own triggers/ and pipelines/ on the sandbox's Triggers and Tekton. */
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { createStore } from "../../../sandbox/cluster/memory-store.ts";
import { prepare, taskRunOf } from "../../../sandbox/tekton/pipeline-run.ts";
import { type Listener, type ListenerEvent, startListener } from "../../../sandbox/triggers/listener.ts";
import { triggeredRunName } from "../../../steps/lib/experiment/names.ts";
import type { KubeObject } from "../../../steps/lib/ports/kinds.ts";

const ROOT = join(import.meta.dirname, "../../..");
const DELIVERY = "72D3162E-CC78-11E3-81AB-4C9367DC0958";

let listener: Listener | undefined;
afterEach(() => listener?.close());

/** Every Kubernetes object of the YAML files in a folder and below. */
function objects(folder: string): KubeObject[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".yaml") && !file.endsWith("kustomization.yaml"))
    .flatMap((file) => parseAllDocuments(readFileSync(join(ROOT, folder, file), "utf8")))
    .map((document) => document.toJS() as Partial<KubeObject>)
    .filter((object): object is KubeObject => object.kind !== undefined && object.metadata !== undefined);
}

it("a push that touches the manifest becomes a run that the sandbox can run", async () => {
  const store = createStore({ now: () => Date.UTC(2030, 0, 1) });
  for (const object of ["tasks", "pipelines", "triggers"].flatMap(objects))
    store.create({ ...object, metadata: { ...object.metadata, namespace: "tekton-canary" } });
  const data = { token: Buffer.from("s3cret").toString("base64") };
  store.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "github-webhook", namespace: "tekton-canary" },
    data,
  } as KubeObject);
  const event = new Promise<ListenerEvent>((resolve, reject) => {
    startListener({ store, namespace: "tekton-canary", eventListener: "canary", onEvent: resolve })
      .then((started) => {
        listener = started;
        const payload = JSON.stringify({
          ref: "refs/heads/main",
          after: "0123456789abcdef0123456789abcdef01234567",
          deleted: false,
          repository: { full_name: "my-org/my-app" },
          commits: [{ added: [], modified: ["config/deploy.yaml"], removed: [] }],
        });
        return fetch(started.url, {
          method: "POST",
          body: payload,
          headers: {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": DELIVERY,
            "X-Hub-Signature-256": `sha256=${createHmac("sha256", "s3cret").update(payload).digest("hex")}`,
          },
        });
      })
      .catch(reject);
  });

  const name = triggeredRunName("my-app", DELIVERY.toLowerCase());
  expect(await event).toMatchObject({ kind: "created", name });
  const run = store.get("PipelineRun", "tekton-canary", name);
  if (run === undefined) throw new Error("no run");
  const { plan, refusal } = prepare(run, store);
  expect(refusal).toBeUndefined();
  const wait = plan?.pipeline.tasks.find((task) => task.name === "wait-and-cleanup");
  if (plan === undefined || wait === undefined) throw new Error("no plan");
  expect(taskRunOf(run, plan, wait)["spec"]).toMatchObject({
    serviceAccountName: "canary-wait",
    timeout: "2h",
  });
});

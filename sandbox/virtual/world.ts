/**
 * A whole world in virtual time, in one process and without sockets: the object store with its controllers, users, counters,
 * a repository, and our pipeline.
 */
import { experimentCrd } from "../../steps/lib/experiment/crd.ts";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import { UnavailableError } from "../../steps/lib/ports/errors.ts";
import type { KubeObject } from "../../steps/lib/ports/kinds.ts";
import type { Metrics } from "../../steps/lib/ports/metrics.ts";
import { createAdmission } from "../cluster/admission.ts";
import { takingItsTime } from "../cluster/garbage-collector.ts";
import { createStore } from "../cluster/memory-store.ts";
import type { Store } from "../cluster/store.ts";
import { createLocalMetrics } from "../prometheus/local-metrics.ts";
import { createSamples } from "../prometheus/samples.ts";
import { failed } from "../scenario/record.ts";
import { violations } from "../scenario/rules.ts";
import type { Sighting } from "../scenario/sightings.ts";
import type { Behaviour } from "../workloads/behaviour.ts";
import { startWorkloads } from "../workloads/workloads.ts";
import { createPipeline, RUN_NAMESPACE, type RunOptions, type VirtualRun } from "./pipeline.ts";
import { seededRandom } from "./random.ts";
import { createRepository, type VirtualRepository } from "./repository.ts";
import { virtualRuntime } from "./runtime.ts";
import { startUsers, type Users } from "./users.ts";

export interface VirtualWorldOptions {
  readonly clock: Clock;
  readonly service: string;
  readonly namespace: string;
  readonly images: Readonly<Record<string, Behaviour>>;
  readonly cluster: readonly KubeObject[];
  /** Requests per second of the users. */
  readonly rate: number;
  /** Time between two scrapes in ms. */
  readonly scrapeMs?: number;
  readonly files: Readonly<Record<string, string>>;
  /** Params that differ from the pipeline's own. */
  readonly params?: Readonly<Record<string, string>>;
  readonly seed?: number;
}

export interface VirtualWorld {
  readonly store: Store;
  readonly repository: VirtualRepository;
  readonly users: Users;
  /** Every line that a step wrote: `<step> text`. */
  readonly lines: readonly string[];
  /** The metrics store: away, or so far behind in getting samples. */
  readonly metrics: { away: boolean; behindMs: number };
  readonly api: { away: boolean };
  start(revision: string, options?: RunOptions): VirtualRun;
  /** What the users got so far: all replies, and those that failed (no answer, or 500 and above). */
  readonly replies: { readonly all: number; readonly failed: number };
  /** A write that counts as somebody else's. */
  stage<T>(write: () => T): T;
  /** What broke the rules that always hold, so far. */
  violations(): readonly string[];
  stop(): Promise<void>;
}

/** A request may be under way while the route changes. */
const GRACE_MS = 500;

export function startVirtualWorld(options: VirtualWorldOptions): VirtualWorld {
  const { clock, service, namespace, images } = options;
  const random = seededRandom(options.seed ?? 1);
  const store = createStore({
    now: () => clock.now(),
    admit: createAdmission(),
    random,
    collect: takingItsTime(clock),
  });
  const samples = createSamples();
  const sightings: Sighting[] = [];
  const lines: string[] = [];
  const replies = { all: 0, failed: 0 };
  let staged = false;
  const stage = <T>(write: () => T): T => {
    staged = true;
    try {
      return write();
    } finally {
      staged = false;
    }
  };
  const unwatch = store.watch(({ type, object }) => {
    sightings.push({ kind: "object", at: clock.now(), change: type, object, staged });
  });
  const repository = createRepository(
    () => clock.now(),
    ({ revision, at, state, context, description }) => {
      sightings.push({ kind: "status", at, revision, state, context, description });
    },
  );
  const workloads = startWorkloads({
    store,
    clock,
    runtime: virtualRuntime(clock, images),
    onError: (error) => {
      throw error;
    },
  });
  stage(() => {
    store.create(experimentCrd() as KubeObject);
    for (const object of options.cluster) store.create(object);
  });
  const users = startUsers({
    ...options,
    store,
    samples,
    random,
    onReply(reply) {
      sightings.push(reply);
      replies.all += 1;
      if (failed(reply)) replies.failed += 1;
    },
  });
  const metrics = { away: false, behindMs: 0 };
  const api = { away: false };
  const guarded = guard(createLocalMetrics(samples), metrics, clock);
  const onLine = (name: string, text: string) => lines.push(`${name}: ${text}`);
  const beforeCall = () => {
    if (api.away) throw new UnavailableError("could not reach the cluster: it is away");
  };
  const start = createPipeline(
    { store, metrics: guarded, clock, onLine, beforeCall },
    { service, namespace, params: options.params ?? {}, forge: repository },
  );

  return {
    store,
    repository,
    users,
    lines,
    replies,
    metrics,
    api,
    stage,
    start,
    violations: () =>
      violations(sightings, {
        subjects: [{ namespace, service }],
        pipelineNamespace: RUN_NAMESPACE,
        images: options.images,
        graceMs: GRACE_MS,
        // Its mesh reads the store and needs no API.
        deafMs: 0,
        secrets: {},
      }),
    async stop() {
      users.stop();
      unwatch();
      await workloads.stop();
    },
  };
}

function guard(
  inner: Metrics,
  state: { readonly away: boolean; readonly behindMs: number },
  clock: Clock,
): Metrics {
  const assertThere = () => {
    if (state.away) throw new UnavailableError("could not query metrics: Prometheus is away");
  };
  return {
    async instant(query, at) {
      assertThere();
      return await inner.instant(query, at);
    },
    async range(selector, at) {
      assertThere();
      const newest = clock.now() - state.behindMs;
      const series = await inner.range(selector, at);
      return series
        .map(({ labels, samples }) => ({ labels, samples: samples.filter(({ time }) => time <= newest) }))
        .filter(({ samples }) => samples.length > 0);
    },
  };
}

/** What one scenario tells about times, memory, requests and errors. Pure. */
import type { ReplySeen, Sighting } from "../../../sandbox/scenario/sightings.ts";
import type { ServiceName } from "../../../sandbox/scenario/split.ts";
import type { Behaviour } from "../../../sandbox/workloads/behaviour.ts";
import type { AuditEntry } from "./audit.ts";
import { isDisturbed, weightChanges } from "./changes.ts";
import { type FirstRequest, firstRequestsOf, type Sent } from "./first-request.ts";
import { memoryOf, type StepMemory } from "./memory.ts";
import { requestsOf, type TaskRequests } from "./requests.ts";
import type { Samples } from "./sampler.ts";
import { type StartUp, startUpsOf } from "./start-up.ts";
import { stepsOf } from "./steps.ts";
import { type Following, followingsOf, type Window, windowsOf } from "./traffic.ts";

/** A played scenario, and what was read beside it. */
export interface Watched {
  readonly sightings: readonly Sighting[];
  readonly deliveries: readonly Sent[];
  /** What is released; `rate`: its users' requests a second. */
  readonly services: readonly (ServiceName & { readonly rate: number })[];
  /** How each image behaves. */
  readonly images: Readonly<Record<string, Behaviour>>;
  readonly entries: readonly AuditEntry[];
  readonly samples: Samples;
}

export interface Observations {
  readonly firstRequests: readonly FirstRequest[];
  readonly startUps: readonly StartUp[];
  readonly memory: readonly StepMemory[];
  readonly requests: readonly TaskRequests[];
  readonly followings: readonly Following[];
  readonly windows: readonly Window[];
}

export const NOTHING: Observations = {
  firstRequests: [],
  startUps: [],
  memory: [],
  requests: [],
  followings: [],
  windows: [],
};

/** A scenario that takes something away tells of its steps only; versions that fail by themselves tell nothing of a change. */
export function observationsOf(watched: Watched): Observations {
  const { sightings, deliveries, services, images, entries, samples } = watched;
  const steps = stepsOf(sightings);
  const ofSteps = { ...NOTHING, startUps: startUpsOf(steps), memory: memoryOf(samples, steps) };
  if (isDisturbed(sightings)) return ofSteps;
  const replies = sightings.filter((one): one is ReplySeen => one.kind === "reply");
  const changes = weightChanges(sightings, services, images, entries).filter(({ isFaulty }) => !isFaulty);
  return {
    ...ofSteps,
    firstRequests: firstRequestsOf(sightings, deliveries, steps),
    requests: requestsOf(entries, steps),
    followings: services.flatMap((one) => {
      const mine = changes.filter(
        ({ service, namespace }) => service === one.service && namespace === one.namespace,
      );
      return followingsOf(mine, replies, one.rate);
    }),
    windows: windowsOf(changes, replies),
  };
}

/** Those of both, one after the other. */
export function together(one: Observations, other: Observations): Observations {
  return {
    firstRequests: [...one.firstRequests, ...other.firstRequests],
    startUps: [...one.startUps, ...other.startUps],
    memory: [...one.memory, ...other.memory],
    requests: [...one.requests, ...other.requests],
    followings: [...one.followings, ...other.followings],
    windows: [...one.windows, ...other.windows],
  };
}

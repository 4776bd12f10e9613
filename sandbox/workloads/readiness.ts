/**
 * When a container is ready: as its readinessProbe says, when that is of kind httpGet; when it listens, with a probe of
 * another kind; and without one as soon as it has started, before it listens.
 */
import { get } from "node:http";
import { setTimeout } from "node:timers/promises";
import { isRecord } from "../cluster/json.ts";
import type { ContainerListener } from "./runtime.ts";

export interface Readiness {
  listening(port: number): void;
  stop(): void;
}

/** Kubernetes asks every 10 s; scenarios are shorter than that. */
const LONGEST_PERIOD_MS = 500;

/** Tells `listener` of each change. */
export function watchReadiness(
  container: Readonly<Record<string, unknown>>,
  listener: Pick<ContainerListener, "listening" | "ready" | "unready">,
): Readiness {
  const probe = container["readinessProbe"];
  // As a kubelet sees it: the container runs, and that is all that is asked.
  if (probe === undefined) queueMicrotask(listener.ready);
  const path =
    isRecord(probe) && isRecord(probe["httpGet"]) ? String(probe["httpGet"]["path"] ?? "/") : undefined;
  const setting = (name: string, fallback: number) => Number((isRecord(probe) && probe[name]) || fallback);
  const threshold = setting("failureThreshold", 3);
  const periodMs = Math.min(setting("periodSeconds", 10) * 1000, LONGEST_PERIOD_MS);
  const timeoutMs = setting("timeoutSeconds", 1) * 1000;
  const stopped = new AbortController();
  let ready = false;
  let failures = 0;

  async function watch(port: number, path: string): Promise<void> {
    while (!stopped.signal.aborted) {
      const answered = await answers(
        port,
        path,
        AbortSignal.any([stopped.signal, AbortSignal.timeout(timeoutMs)]),
      );
      if (stopped.signal.aborted) return;
      failures = answered ? 0 : failures + 1;
      const now = answered || (ready && failures < threshold);
      if (now && !ready) listener.ready();
      if (ready && !now) listener.unready();
      ready = now;
      // An interrupted sleep ends the loop by its condition.
      await setTimeout(periodMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  }

  return {
    listening(port) {
      listener.listening(port);
      if (path !== undefined) void watch(port, path);
      else if (probe !== undefined) listener.ready();
    },
    stop: () => stopped.abort(),
  };
}

function answers(port: number, path: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    get({ host: "127.0.0.1", port, path, signal, agent: false }, (response) => {
      response.resume();
      const { statusCode = 0 } = response;
      resolve(statusCode >= 200 && statusCode < 400);
    }).on("error", () => resolve(false));
  });
}

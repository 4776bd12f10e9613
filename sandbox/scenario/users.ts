/** The users: they ask at random moments, neither wait for each other nor slow down, and tell what they got. */
import { Agent, request as startRequest } from "node:http";
import type { Clock } from "../../steps/lib/ports/clock.ts";
import type { Onlooker } from "./onlooker.ts";
import type { Subject } from "./schema.ts";
import type { Entrance, World } from "./world.ts";

export interface UsersOptions {
  /** The gateway. */
  readonly host: string;
  readonly port: number;
  readonly hostHeader: string;
  readonly servedBy: Entrance["servedBy"];
  /** Requests per second on average. */
  readonly rate: number;
  readonly keepalive: boolean;
  /** In [0, 1). */
  readonly random: () => number;
  readonly clock: Clock;
  readonly onReply: (reply: UserReply) => void;
}

/** Times in ms since the epoch. */
export interface UserReply {
  readonly sentAt: number;
  readonly at: number;
  /** The Deployment that answered; undefined when the mesh did or nobody. */
  readonly deployment: string | undefined;
  /** 0: no answer. */
  readonly status: number;
}

export interface Users {
  /** No more requests; resolves when the open ones are over. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;

export function startUsers(options: UsersOptions): Users {
  const { rate, random, clock, keepalive, onReply } = options;
  const agent = new Agent({ keepAlive: keepalive });
  const stopping = new AbortController();
  const open = new Set<Promise<void>>();

  function visit(): void {
    const sentAt = clock.now();
    const started = performance.now();
    const done = ask(options, agent).then((answer) => {
      open.delete(done);
      onReply({ ...answer, sentAt, at: sentAt + (performance.now() - started) });
    });
    open.add(done);
  }

  async function run(): Promise<void> {
    if (rate === 0) return;
    for (let next = clock.now(); !stopping.signal.aborted; next += (-Math.log(1 - random()) * 1000) / rate) {
      if (next > clock.now()) await clock.sleep(next - clock.now(), stopping.signal);
      visit();
    }
  }

  const running = run().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error;
  });
  return {
    async close() {
      stopping.abort();
      await running;
      await Promise.all(open);
      agent.destroy();
    },
  };
}

/** Users of every service that has traffic; what they get is among what the onlooker sees. */
export function comeUsers(
  world: World,
  onlooker: Onlooker,
  all: readonly Subject[],
  clock: Clock,
): readonly Users[] {
  return all.flatMap(({ service, namespace, traffic }) => {
    if (traffic === undefined) return [];
    return [
      startUsers({
        host: world.entrance.host,
        port: world.entrance.port({ service, namespace }),
        servedBy: world.entrance.servedBy,
        hostHeader: traffic.through ?? `${service}.${namespace}.svc.cluster.local`,
        rate: traffic.rate,
        keepalive: traffic.keepalive ?? true,
        random: Math.random,
        clock,
        onReply: (reply) =>
          onlooker.add({
            kind: "reply",
            service,
            namespace,
            ...reply,
            from: reply.deployment === undefined ? "mesh" : "version",
          }),
      }),
    ];
  });
}

function ask(
  { host, port, hostHeader, servedBy }: UsersOptions,
  agent: Agent,
): Promise<Pick<UserReply, "deployment" | "status">> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const headers = { host: hostHeader };
    const request = startRequest({ host, port, path: "/", headers, agent, signal }, (response) => {
      let body = "";
      const end = (status: number) => {
        resolve({ deployment: servedBy({ headers: response.headers, body }), status });
      };
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => end(response.statusCode ?? 0));
      response.on("error", () => end(0));
    });
    request.on("error", () => resolve({ deployment: undefined, status: 0 }));
    request.end();
  });
}

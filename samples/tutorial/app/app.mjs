// The tutorial's demo app: one page that says which version answered. Its environment decides how well it behaves.
//
//   PORT           where it listens (3000)
//   VERSION        what it calls itself (unknown)
//   POD_NAME       (the host's name)
//   LATENCY        time to answer, e.g. 100ms; with LATENCY_P99 the median of a log-normal distribution (0ms)
//   ERRORS         percent of the answers that are 500 (0)
//   OVERLOAD_ABOVE, OVERLOAD_ERRORS   above so many requests per second, that percent of the answers is 500
//   HANG           true: accepts requests and never answers
//   CRASH          true: ends with exit code 1
//   READY_AFTER    time until it listens (0ms)
//   THEN_AFTER     time after the start from which on THEN_LATENCY, THEN_ERRORS, ... hold instead
import { createServer } from "node:http";
import { hostname } from "node:os";

const env = process.env;
const started = performance.now();
const who = `${env.VERSION || "unknown"} from ${env.POD_NAME || hostname()}`;
const first = behaviour("");
const later = { ...first, ...behaviour("THEN_") };
const changesAfter = env.THEN_AFTER ? milliseconds("THEN_AFTER") : Number.POSITIVE_INFINITY;
const arrivals = [];
let stopping = false;

/** The settings that are there, with this prefix. */
function behaviour(prefix) {
  const read = (name, parse) => (env[prefix + name] ? { [name]: parse(prefix + name) } : {});
  return {
    ...read("LATENCY", milliseconds),
    ...read("LATENCY_P99", milliseconds),
    ...read("ERRORS", number),
    ...read("OVERLOAD_ABOVE", number),
    ...read("OVERLOAD_ERRORS", number),
    ...read("HANG", flag),
    ...read("CRASH", flag),
  };
}

function number(name) {
  const value = Number(env[name]);
  if (Number.isNaN(value)) throw new Error(`${name} must be a number, not ${env[name]}`);
  return value;
}

function flag(name) {
  if (env[name] !== "true" && env[name] !== "false")
    throw new Error(`${name} must be true or false, not ${env[name]}`);
  return env[name] === "true";
}

function milliseconds(name) {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(env[name]) ?? [];
  if (unit === undefined) throw new Error(`${name} must be a duration such as 100ms or 2s, not ${env[name]}`);
  return Number(amount) * { ms: 1, s: 1000, m: 60_000 }[unit];
}

function current() {
  return performance.now() - started < changesAfter ? first : later;
}

function latency({ LATENCY: p50 = 0, LATENCY_P99: p99 = p50 }) {
  if (p50 === 0 || p99 === p50) return p50;
  const gauss = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  // 2.3263 standard deviations above the median lies the 99th percentile.
  return p50 * Math.exp((gauss * Math.log(p99 / p50)) / 2.3263);
}

function fails({ ERRORS = 0, OVERLOAD_ABOVE = Number.POSITIVE_INFINITY, OVERLOAD_ERRORS = 0 }) {
  const now = performance.now();
  arrivals.push(now);
  while (arrivals[0] < now - 1000) arrivals.shift();
  const percent = arrivals.length > OVERLOAD_ABOVE ? Math.max(ERRORS, OVERLOAD_ERRORS) : ERRORS;
  return Math.random() * 100 < percent;
}

function crash() {
  console.error(`${who}: crashing, as told`);
  process.exit(1);
}

const server = createServer((request, response) => {
  const now = current();
  if (now.HANG) return;
  const answer = (status, text) => {
    if (stopping) response.setHeader("connection", "close");
    response.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`);
  };
  const path = request.url.split("?")[0];
  if (path === "/healthz") return answer(stopping ? 503 : 200, stopping ? "stopping" : "ok");
  const status = fails(now) ? 500 : 200;
  setTimeout(answer, latency(now), status, status === 200 ? who : `${who}: failed, as told`);
});
// Longer than clients keep idle connections, so that they are the ones to close them.
server.keepAliveTimeout = 75_000;

if (first.CRASH) crash();
if (later.CRASH) setTimeout(crash, changesAfter);
setTimeout(
  () =>
    server.listen(env.PORT || 3000, () => console.log(`${who}: listening on port ${server.address().port}`)),
  env.READY_AFTER ? milliseconds("READY_AFTER") : 0,
);

process.once("SIGTERM", () => {
  stopping = true;
  server.close(() => process.exit(0));
});
// A program that started this one and is gone takes it along.
process.once("disconnect", () => process.exit(0));

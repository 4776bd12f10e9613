/** Load over real HTTP: node:http with kept-alive connections, to checked addresses only. */
import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import type { Answer, Failure, Sender } from "../load/sender.ts";

export interface HttpLoadOptions {
  /** From sending to the end of the body; default 10 s. */
  readonly timeoutMs?: number;
  /** Of a longer body the rest is not read; default 1 MiB. */
  readonly maxBodyBytes?: number;
  /** How names become addresses; the addresses are checked before they are connected to. */
  readonly lookup?: LookupFunction;
}

/** Where clouds serve credentials: IPv4 and IPv6 link-local, and what NAT64 and 6to4 translate to the former. */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet("169.254.0.0", 16, "ipv4");
LINK_LOCAL.addSubnet("fe80::", 10, "ipv6");
LINK_LOCAL.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");
LINK_LOCAL.addSubnet("2002:a9fe::", 32, "ipv6");
// The same services at addresses that are not link-local.
LINK_LOCAL.addAddress("100.100.100.200", "ipv4");
LINK_LOCAL.addAddress("fd00:ec2::254", "ipv6");
LINK_LOCAL.addAddress("fd20:ce::254", "ipv6");

/** Whether load must never go to this IP address, however it is written: link-local, or credentials are served there. */
export function isLinkLocal(address: string): boolean {
  return LINK_LOCAL.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** A sender that connects directly, follows no redirect and verifies certificates. */
export function httpLoad(options: HttpLoadOptions = {}): Sender {
  const { timeoutMs = 10_000, maxBodyBytes = 2 ** 20, lookup = dns.lookup as LookupFunction } = options;
  const plain = new http.Agent({ keepAlive: true });
  const tls = new https.Agent({ keepAlive: true });
  const checked = checkedLookup(lookup);
  let isClosed = false;

  return {
    send: ({ secure, address, port, path, host }) =>
      new Promise<Answer>((resolve) => {
        if (isIP(address) !== 0 && isLinkLocal(address)) return resolve({ failure: "link-local address" });
        if (isClosed) return resolve({ failure: "cut off" });
        const request = (secure ? https : http).request({
          agent: secure ? tls : plain,
          host: address,
          port,
          path,
          lookup: checked,
          headers: { "User-Agent": "tekton-canary", ...(host === undefined ? {} : { Host: host }) },
        });
        const end = (answer: Answer) => {
          clearTimeout(timer);
          resolve(answer);
        };
        const fail = (error: Error) => end({ failure: isClosed ? "cut off" : failureOf(error) });
        const timer = setTimeout(() => {
          end({ failure: "timed out" });
          request.destroy();
        }, timeoutMs);
        request.on("error", fail);
        request.on("response", (response) => {
          const answer = { status: response.statusCode ?? 0 };
          let size = 0;
          response.on("data", (chunk: Buffer) => {
            size += chunk.length;
            if (size <= maxBodyBytes) return;
            end(answer);
            response.destroy();
          });
          response.on("end", () => end(answer));
          response.on("error", fail);
        });
        request.end();
      }),
    close: () => {
      isClosed = true;
      plain.destroy();
      tls.destroy();
    },
  };
}

class LinkLocalError extends Error {}

/** `lookup`, but a name with any link-local address is an error: the connection goes to an address that was checked. */
function checkedLookup(lookup: LookupFunction): LookupFunction {
  return (name, options, callback) =>
    lookup(name, options, (error, found, family) => {
      const addresses = typeof found === "string" ? [found] : (found ?? []).map(({ address }) => address);
      if (error === null && addresses.some(isLinkLocal)) callback(new LinkLocalError(name), found, family);
      else callback(error, found, family);
    });
}

function failureOf(error: Error & { readonly code?: string }): Failure {
  if (error instanceof LinkLocalError) return "link-local address";
  switch (error.code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ECONNRESET":
    case "EPIPE":
      return "connection lost";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "unknown host";
    case "ETIMEDOUT":
      return "timed out";
    default:
      return /^(EPROTO$|ERR_SSL|ERR_TLS|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_)/.test(error.code ?? "")
        ? "TLS failed"
        : "failed";
  }
}

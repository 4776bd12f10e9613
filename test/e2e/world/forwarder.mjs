/**
 * Stands in the mesh of a cluster that is not ours, with an injected sidecar, and calls what its own caller's Host header
 * names, on the port that it was called at. PORTS: where it listens, with commas between.
 */
import { Agent, createServer, request } from "node:http";

const agent = new Agent({ keepAlive: true });

for (const port of (process.env.PORTS ?? "").split(",").map(Number)) {
  createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const host = (headers.host ?? "").replace(/:\d+$/, "");
    const call = request({ host, port, method, path, headers, agent }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    call.on("error", () => {
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end();
    });
    incoming.pipe(call);
  }).listen(port);
}

process.once("SIGTERM", () => process.exit(0));

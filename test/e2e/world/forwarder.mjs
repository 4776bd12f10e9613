/**
 * Stands in the mesh of a cluster that is not ours, with an injected sidecar, and calls what its own caller's Host header
 * names, on the port that it was called at. PORTS: where it listens, with commas between.
 */
import { createServer, request } from "node:http";

for (const port of (process.env.PORTS ?? "").split(",").map(Number)) {
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const host = (headers.host ?? "").replace(/:\d+$/, "");
    const call = request({ host, port, method, path, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    call.on("error", () => {
      if (outgoing.headersSent) outgoing.destroy();
      else outgoing.writeHead(502).end();
    });
    incoming.pipe(call);
  });
  // An idle connection that is closed just when its user asks again would look like an error of the service.
  server.keepAliveTimeout = 0;
  server.listen(port);
}

process.once("SIGTERM", () => process.exit(0));

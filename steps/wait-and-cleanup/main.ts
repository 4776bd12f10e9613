import { randomUUID } from "node:crypto";
import { kubernetes } from "../lib/clients/kubernetes.ts";
import { prometheus } from "../lib/clients/prometheus.ts";
import { prometheusAuth } from "../lib/clients/prometheus-auth.ts";
import { patient } from "../lib/process/retry.ts";
import { runStep } from "../lib/process/run-step.ts";
import { config } from "./config.ts";
import { waitAndCleanup } from "./step.ts";

await runStep({
  settings: config,
  run: (settings, edge) =>
    waitAndCleanup(settings, {
      ...edge,
      writer: randomUUID(),
      cluster: patient(kubernetes(), edge),
      metrics: prometheus({
        url: settings.prometheusUrl,
        auth: prometheusAuth(settings.prometheusAuthPath, edge.secret, edge.file),
      }),
    }),
});

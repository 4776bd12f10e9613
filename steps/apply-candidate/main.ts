import { kubernetes } from "../lib/clients/kubernetes.ts";
import { patient } from "../lib/process/retry.ts";
import { runStep } from "../lib/process/run-step.ts";
import { config } from "./config.ts";
import { applyCandidate } from "./step.ts";

await runStep({
  settings: config,
  run: (settings, edge) => applyCandidate(settings, { ...edge, cluster: patient(kubernetes(), edge) }),
});

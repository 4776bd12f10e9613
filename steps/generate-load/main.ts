import { httpLoad } from "../lib/clients/http-load.ts";
import { kubernetes } from "../lib/clients/kubernetes.ts";
import { runStep } from "../lib/process/run-step.ts";
import { config } from "./config.ts";
import { generateLoad } from "./step.ts";

await runStep({
  settings: config,
  run: (settings, edge) => generateLoad(settings, { ...edge, cluster: kubernetes(), sender: httpLoad() }),
});

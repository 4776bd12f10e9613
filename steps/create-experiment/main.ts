import { randomUUID } from "node:crypto";
import { github } from "../lib/clients/github.ts";
import { kubernetes } from "../lib/clients/kubernetes.ts";
import { prometheus } from "../lib/clients/prometheus.ts";
import { prometheusAuth } from "../lib/clients/prometheus-auth.ts";
import { workspace } from "../lib/clients/workspace.ts";
import { patient } from "../lib/process/retry.ts";
import { runStep } from "../lib/process/run-step.ts";
import { config } from "./config.ts";
import { createExperiment } from "./step.ts";

await runStep({
  settings: config,
  run: (settings, edge) => {
    const { githubApiUrl: apiUrl, repository, sourcePath, prometheusUrl: url } = settings;
    const forge = github({ apiUrl, repository, token: edge.secret(settings.githubTokenPath), log: edge.log });
    return createExperiment(settings, {
      ...edge,
      writer: randomUUID(),
      cluster: patient(kubernetes(), edge),
      metrics: prometheus({ url, auth: prometheusAuth(settings.prometheusAuthPath, edge.secret, edge.file) }),
      forge,
      source: sourcePath === undefined ? forge : workspace(sourcePath),
    });
  },
});

import { github } from "../lib/clients/github.ts";
import { kubernetes } from "../lib/clients/kubernetes.ts";
import { patient } from "../lib/process/retry.ts";
import { runStep } from "../lib/process/run-step.ts";
import { config } from "./config.ts";
import { setCommitStatus } from "./step.ts";

await runStep({
  settings: config,
  run: (settings, edge) => {
    const token = edge.secret(settings.githubTokenPath);
    // The start of a release must not wait for GitHub; at its end the step itself is patient.
    const retries = settings.mode === "pending" ? 1 : 0;
    const { githubApiUrl: apiUrl, repository } = settings;
    const forge =
      token === undefined ? undefined : github({ apiUrl, repository, token, log: edge.log, retries });
    return setCommitStatus(settings, { ...edge, forge, cluster: patient(kubernetes(), edge) });
  },
});

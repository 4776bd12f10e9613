/** A step program that does what PARAM_DO says; run-step.test.ts runs it as a process. */
import { createServer } from "node:http";
import * as z from "zod";
import { UnavailableError } from "../../../../steps/lib/ports/errors.ts";
import { runStep } from "../../../../steps/lib/process/run-step.ts";
import * as setting from "../../../../steps/lib/process/settings.ts";

await runStep({
  settings: z.object({
    PARAM_DO: setting.text,
    PARAM_DRAIN: setting.duration,
    PARAM_DASHBOARD_URL: setting.optionalUrl,
    PARAM_SERVICE: setting.name,
    TOKEN_PATH: setting.text,
  }),
  run: async (config, { clock, log, signal, secret }) => {
    const token = secret(config.TOKEN_PATH);
    switch (config.PARAM_DO) {
      case "succeed":
        log.info(`token ${token}`);
        return { exitCode: 0, sentence: "promoted: all is well", results: { next: "canary" } };
      case "roll-back":
        // Neither of these may keep the process.
        void clock.sleep(60_000);
        createServer().listen(0);
        return { exitCode: 10, sentence: "rolled back" };
      case "be-refused":
        throw new UnavailableError(`could not get Pod shop/a: ${token}`);
      case "break":
        throw new TypeError("x is not a function");
      case "wait":
        log.info("waiting");
        await clock.sleep(60_000, signal);
        return { exitCode: 0, sentence: "slept" };
      case "clean-up":
        log.info("waiting");
        await clock.sleep(60_000, signal).catch(() => {});
        await clock.sleep(300);
        return { exitCode: 0, sentence: "traffic is safe" };
      default:
        throw new Error(`cannot ${config.PARAM_DO}`);
    }
  },
});

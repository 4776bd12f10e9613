/** Asks a part whether it is there, and well. */
import { request as http } from "node:http";
import { request as https } from "node:https";

/** Whether a GET of `url` is answered, whatever the status. */
export async function answersAtAll(url: string): Promise<boolean> {
  await statusOf(url, 2_000);
  return true;
}

/**
 * Whether a GET of `url` is answered with a status below 400. Health endpoints are asked without looking at the
 * certificate, which some parts make for themselves.
 */
export async function answers(url: string): Promise<boolean> {
  return (await statusOf(url, 2_000)) < 400;
}

function statusOf(url: string, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { timeout: timeoutMs, agent: false } as const;
    const question = url.startsWith("https:")
      ? https(url, { ...options, rejectUnauthorized: false })
      : http(url, options);
    question.on("response", (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 500);
    });
    question.on("timeout", () => question.destroy(new Error(`${url}: no answer in ${timeoutMs} ms`)));
    question.on("error", reject);
    question.end();
  });
}

/** The field types that step settings are made of. Every setting arrives as an environment variable, a string. */
import * as z from "zod";
import { parseDuration } from "../experiment/duration.ts";
import { isDnsLabel } from "../experiment/names.ts";

export const text = z.string().min(1, "must not be empty");

/** A Kubernetes name that may reach a query or an URL. */
export const name = z.string().refine(isDnsLabel, {
  error: (issue) =>
    `must be a DNS label (a-z, 0-9 and "-", at most 63 characters), not ${JSON.stringify(issue.input)}`,
});

/** A setting that may be left empty. */
export const optionalText = z.string().transform((value) => (value === "" ? undefined : value));

export const optionalName = z.union([z.literal("").transform(() => undefined), name]);

/** One of two words. */
export function either<A extends string, B extends string>(a: A, b: B) {
  return z.enum([a, b], {
    error: (issue) => `must be "${a}" or "${b}", not ${JSON.stringify(issue.input)}`,
  });
}

export const flag = either("true", "false").transform((value) => value === "true");

/** What to do about a release of an older commit that still runs. */
export const onNewCommit = either("supersede", "wait");

/** What to do when the evidence never sufficed. */
export const onInconclusive = either("rollback", "promote");

/** A Go duration; the value is in ms. */
export const duration = z.string().transform((value, context) => {
  const ms = parseDuration(value);
  if (ms !== undefined) return ms;
  context.addIssue({
    code: "custom",
    message: `must be a duration such as "90s" or "1h30m", not ${JSON.stringify(value)}`,
  });
  return z.NEVER;
});

/** How long the loser is kept after its last request, in ms: the finally task must be able to wait for it. */
export const drain = duration.refine((ms) => ms <= 120_000, { error: "must be at most 2m" });

/** A full commit id. */
export const revision = z
  .string()
  .regex(/^[0-9a-f]{40}$/, { error: "must be a full commit id of 40 hex digits" });

/** A setting whose wrong value is not worth a stop: `instead` is taken. One that is not set is an error all the same. */
export function lenient<T>(setting: z.ZodType<T, string>, instead: T) {
  return z.string().pipe(setting.catch(() => instead));
}

/** owner/name */
export const repository = z.string().regex(/^[\w.-]+\/[\w.-]+$/, { error: 'must look like "owner/name"' });

/** An http or https URL, without a slash at the end. Credentials belong into Secrets, so none may be in it. */
export const url = z
  .string()
  .refine((value) => !value.includes("@"), { error: "must not carry credentials, hence no @", abort: true })
  .pipe(
    z.url({
      protocol: /^https?$/,
      error: (issue) => `must be an http(s) URL, not ${JSON.stringify(issue.input)}`,
    }),
  )
  .transform((value) => value.replace(/\/+$/, ""));

export const optionalUrl = z.union([z.literal("").transform(() => undefined), url]);

/** Which run this is (Tekton substitutes `$(context.*)`), and what it releases: the settings that every step has. */
export const release = {
  RUN_NAMESPACE: name,
  RUN_NAME: text,
  RUN_UID: text,
  PARAM_SERVICE: name,
  PARAM_NAMESPACE: name,
} as const;

type ReleaseSettings = { readonly [key in keyof typeof release]: string };

/** What the settings of `release` say. */
export function releaseOf(env: ReleaseSettings) {
  return {
    run: { namespace: env.RUN_NAMESPACE, name: env.RUN_NAME, uid: env.RUN_UID },
    service: env.PARAM_SERVICE,
    namespace: env.PARAM_NAMESPACE,
  };
}

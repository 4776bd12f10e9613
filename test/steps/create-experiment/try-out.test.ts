/** What a dry run tells of a push, and what it cannot tell: that stands in no release's way. */
import { describe, expect, test } from "vitest";
import type { Config } from "../../../steps/create-experiment/config.ts";
import type { Pushed } from "../../../steps/create-experiment/source.ts";
import { Stop } from "../../../steps/create-experiment/stop.ts";
import { tryOut } from "../../../steps/create-experiment/try-out.ts";
import { formatPath } from "../../../steps/lib/manifest/plain-data.ts";
import {
  AlreadyExistsError,
  InvalidError,
  RefusedError,
  UnavailableError,
} from "../../../steps/lib/ports/errors.ts";
import type { Deployment, KubeObject } from "../../../steps/lib/ports/kinds.ts";
import type { World } from "../../../steps/lib/release/release.ts";

const CONFIG = { namespace: "shop", service: "web" } as Config;

const web: Deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { selector: {}, template: { spec: {} } },
};
const candidate: Deployment = { ...web, metadata: { name: "web-1a2b3c4", namespace: "shop" } };

const object = (kind: string, name: string): KubeObject => ({ apiVersion: "v1", kind, metadata: { name } });

interface Answers {
  readonly rest?: readonly KubeObject[];
  /** Names that the cluster has. */
  readonly live?: readonly string[];
  /** What a dry run of an object of that name throws. */
  readonly thrown?: Readonly<Record<string, Error>>;
}

/** Tries a push of web out in a cluster that answers so. */
async function triedOut({ rest = [], live = [], thrown = {} }: Answers) {
  const tried: string[] = [];
  const warnings: string[] = [];
  const cluster = {
    get: async (_kind: string, _namespace: string, name: string) =>
      live.includes(name) ? object("Service", name) : undefined,
    create: async (kind: string, { metadata }: KubeObject, mode?: string) => {
      tried.push(`${mode} ${kind} ${metadata.namespace}/${metadata.name}`);
      const error = thrown[metadata.name];
      if (error !== undefined) throw error;
    },
  };
  const world = { cluster, log: { warn: (text: string) => warnings.push(text) } } as unknown as World;
  const pushed = {
    deployment: web,
    rest,
    // The path as it was understood stands in the file's name.
    placeOf: ({ kind }: KubeObject, path: readonly (string | number)[]) => ({
      file: `${kind}!${formatPath(path)}`,
    }),
  } as unknown as Pushed;
  const end = await tryOut(world, CONFIG, pushed, candidate).catch((error: unknown) => error);
  return { tried, warnings, end, sentence: end instanceof Stop ? end.outcome.sentence : undefined };
}

const couldNot = (what: string) => `could not create ${what}`;

describe("tried out", () => {
  test("is what the release will create, under the names that it will have", async () => {
    const { tried, end } = await triedOut({
      rest: [object("Service", "web"), object("ConfigMap", "settings")],
      live: ["web"],
    });

    expect(end).toBeUndefined();
    expect(tried).toEqual(["dry-run Deployment shop/web-1a2b3c4", "dry-run ConfigMap shop/settings"]);
  });

  test("is everything, and every problem is told with its place, in the API's words", async () => {
    const refusal = `${couldNot("Deployment shop/web-1a2b3c4")}: Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].port"`;
    const invalid = `${couldNot("ConfigMap shop/settings")}: ConfigMap "settings" is invalid: [data[a/b]: Invalid value: "a/b": a valid config key, metadata.labels: Invalid value: "x y"]`;

    const { end } = await triedOut({
      rest: [object("ConfigMap", "settings")],
      thrown: { "web-1a2b3c4": new InvalidError(refusal), settings: new InvalidError(invalid) },
    });

    expect(end).toMatchObject({
      outcome: { word: "rejected", reason: "InvalidInput" },
      details: [
        'Deployment!spec.template.spec.containers[0].port: Deployment web: unknown field "spec.template.spec.containers[0].port"',
        expect.stringMatching(/^ConfigMap!data\.a\/b: ConfigMap settings: \[data\[a\/b\]: Invalid value/),
      ],
    });
  });

  test("is what a policy of the cluster says to it, whatever status it says it with", async () => {
    const denied =
      'admission webhook "policy.example.com" denied the request: the image must come from registry.example.com';

    for (const Refusal of [InvalidError, RefusedError]) {
      const error = new Refusal(`${couldNot("Deployment shop/web-1a2b3c4")}: ${denied}`);
      const { sentence } = await triedOut({ thrown: { "web-1a2b3c4": error } });

      expect(sentence).toBe(`Rejected: Deployment!: Deployment web: ${denied}`);
    }
  });

  test("says what a wrong type is", async () => {
    const message = `${couldNot("Deployment shop/web-1a2b3c4")}: Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`;

    const { sentence } = await triedOut({ thrown: { "web-1a2b3c4": new InvalidError(message) } });

    expect(sentence).toBe(
      "Rejected: Deployment!: Deployment web: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
    );
  });
});

describe("no fault of the push", () => {
  test.each([
    [
      "that a candidate of that name is there, from an earlier life of this run",
      new AlreadyExistsError('deployments.apps "web-1a2b3c4" already exists'),
      [],
    ],
    [
      "that a quota is used up",
      new RefusedError("could not create Deployment shop/web-1a2b3c4: exceeded quota"),
      [
        "Whether it will be accepted is seen only when it is created: could not create Deployment shop/web-1a2b3c4: exceeded quota.",
      ],
    ],
    [
      "that an admission webhook knows no dry run",
      new InvalidError('admission webhook "scan.example.com" does not support dry run'),
      [
        'Whether it will be accepted is seen only when it is created: admission webhook "scan.example.com" does not support dry run.',
      ],
    ],
  ])("is %s", async (_what, error, warnings) => {
    const tried = await triedOut({ thrown: { "web-1a2b3c4": error } });

    expect(tried.end).toBeUndefined();
    expect(tried.warnings).toEqual(warnings);
  });

  test("is an API that is away", async () => {
    const error = new UnavailableError("could not create Deployment shop/web-1a2b3c4: no answer within 10 s");

    expect((await triedOut({ thrown: { "web-1a2b3c4": error } })).end).toBe(error);
  });
});

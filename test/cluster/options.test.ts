/** The command line of `npm run e2e`. */
import { describe, expect, test } from "vitest";
import { readOptions } from "../e2e/options.ts";

describe("the command line", () => {
  const read = (...argv: readonly string[]) => readOptions(argv);

  test("plays everything on a cluster of its own unless told otherwise", () => {
    expect(read()).toEqual({
      kind: "options",
      options: {
        files: [],
        keep: undefined,
        parallel: 3,
        write: undefined,
        pictures: false,
        leaveUp: false,
        given: undefined,
      },
    });
  });

  test("takes a cluster that is there already", () => {
    const reading = read("a.yaml", "--kubeconfig", "kube.config", "--host", "172.18.0.1");
    expect(reading.kind === "options" && reading.options).toMatchObject({
      files: ["a.yaml"],
      given: {
        kubeconfig: "kube.config",
        hostAddress: "172.18.0.1",
        prometheusUrl: "http://prometheus.istio-system:9090",
        load: "kind load image-archive {}",
      },
    });
  });

  test("says everything that is wrong with it at once", () => {
    expect(read("--parallel", "none", "--load", "cp {} /images")).toEqual({
      kind: "problems",
      problems: [
        '--parallel is "none"; a whole number from 1 is allowed.',
        "--load: only together with --kubeconfig.",
      ],
    });
    expect(read("--kubeconfig", "kube.config", "--write", "page.md", "--pictures")).toEqual({
      kind: "problems",
      problems: [
        "--write: what is measured on a cluster of yours is not for the project's pages.",
        "--pictures are taken in the Dashboard of the cluster that is started here.",
        "--kubeconfig needs --host, the address at which the cluster's pods find this machine.",
      ],
    });
    expect(read("--paralel", "2")).toMatchObject({ kind: "problems" });
  });
});

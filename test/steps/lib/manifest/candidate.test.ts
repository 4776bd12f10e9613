import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ANNOTATION, isDnsLabel, LABEL } from "../../../../steps/lib/experiment/names.ts";
import {
  type CandidateContext,
  candidateName,
  prepareCandidate,
} from "../../../../steps/lib/manifest/candidate.ts";
import { matchesLabels, podLabels } from "../../../../steps/lib/manifest/labels.ts";
import { sameTemplate, templateHash } from "../../../../steps/lib/manifest/template.ts";
import type { Deployment } from "../../../../steps/lib/ports/kinds.ts";
import { deployment, REVISION } from "./objects.ts";

function context(name: string, baseline: Deployment | undefined): CandidateContext {
  return { name, namespace: "shop", service: "web", repository: "shop/web", revision: REVISION, baseline };
}

describe("the candidate's name", () => {
  it("is the manifest's, when the live version has another one", () => {
    expect(candidateName("web-v2", deployment("web-v1", {}), REVISION)).toBe("web-v2");
    expect(candidateName("web", undefined, REVISION)).toBe("web");
  });

  it("ends in the commit, when the live version has the manifest's name", () => {
    expect(candidateName("web", deployment("web", {}), REVISION)).toBe("web-abc1234");
  });

  it("ends in the commit, when the live version was made from a manifest of that name", () => {
    const live = prepareCandidate(deployment("web", { app: "web" }), context("web-1111111", undefined));
    expect(candidateName("web", live, REVISION)).toBe("web-abc1234");
  });

  it("has more digits of the commit, when the live version was made from the same one and changed by hand", () => {
    const live = prepareCandidate(deployment("web", { app: "web" }), context("web-abc1234", undefined));
    expect(candidateName("web", live, REVISION)).toBe("web-abc1234d");
  });

  it("is always a DNS label and never the live one's", () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    fc.assert(
      fc.property(label, (name) => {
        const made = candidateName(name, deployment(name, {}), REVISION);
        expect(isDnsLabel(made)).toBe(true);
        expect(made).not.toBe(name);
      }),
    );
  });
});

describe("the prepared candidate", () => {
  it("gets a version label in template and selector, when its manifest has none", () => {
    const manifest = deployment("web", { app: "web" });
    const prepared = prepareCandidate(manifest, context("web-abc1234", manifest));
    expect(podLabels(prepared)).toEqual({ app: "web", version: "abc1234" });
    expect(prepared.spec.selector.matchLabels).toEqual({ app: "web", version: "abc1234" });
    expect(prepared.metadata.labels?.["version"]).toBe("abc1234");
  });

  it("gets one, when its manifest has the same as the baseline", () => {
    const manifest = deployment("web", { app: "web", version: "v1" }, "example/web:2");
    const prepared = prepareCandidate(
      manifest,
      context("web-abc1234", deployment("web", { app: "web", version: "v1" })),
    );
    expect(podLabels(prepared)["version"]).toBe("abc1234");
  });

  it("keeps the manifest's version label, when it differs from the baseline's", () => {
    const manifest = deployment("web-v2", { app: "web", version: "v2" });
    const prepared = prepareCandidate(
      manifest,
      context("web-v2", deployment("web-v1", { app: "web", version: "v1" })),
    );
    expect(podLabels(prepared)).toEqual({ app: "web", version: "v2" });
    expect(prepared.spec.selector).toEqual(manifest.spec.selector);
  });

  it("says where it comes from, and keeps what the manifest says", () => {
    const manifest = deployment("web", { app: "web" });
    const annotated = {
      ...manifest,
      metadata: { ...manifest.metadata, creationTimestamp: null, annotations: { a: "b" } },
    };
    const { metadata, spec } = prepareCandidate(
      annotated as unknown as Deployment,
      context("web-abc1234", manifest),
    );
    expect(metadata).toEqual({
      name: "web-abc1234",
      namespace: "shop",
      labels: { app: "web", version: "abc1234", [LABEL.service]: "web" },
      annotations: {
        a: "b",
        [ANNOTATION.repository]: "shop/web",
        [ANNOTATION.revision]: REVISION,
        [ANNOTATION.manifestName]: "web",
        [ANNOTATION.templateHash]: templateHash(manifest.spec.template),
      },
    });
    expect(spec.template.spec).toEqual(manifest.spec.template.spec);
    expect(spec.replicas).toBe(2);
  });

  it("keeps the selector of a Deployment that exists already, since that cannot change", () => {
    const existing = deployment("web", { app: "web" });
    const prepared = prepareCandidate(deployment("web", { app: "web" }), {
      ...context("web", undefined),
      existing,
    });
    expect(prepared.spec.selector).toEqual(existing.spec.selector);
    expect(podLabels(prepared)["version"]).toBe("abc1234");
  });

  it("has a selector that matches its pods, tells it from the baseline, and is its own manifest's template", () => {
    const labels = fc.dictionary(
      fc.constantFrom("version", "tier", "team"),
      fc.constantFrom("a", "b", "abc1234"),
    );
    fc.assert(
      fc.property(labels, labels, (mine, theirs) => {
        const manifest = deployment("web", { app: "web", ...mine });
        const baseline = deployment("web-old", { app: "web", ...theirs });
        const prepared = prepareCandidate(manifest, context("web", baseline));
        expect(matchesLabels(prepared.spec.selector, podLabels(prepared))).toBe(true);
        expect(podLabels(prepared)["version"]).not.toBe(theirs["version"]);
        expect(sameTemplate(manifest, prepared)).toBe(true);
      }),
    );
  });
});

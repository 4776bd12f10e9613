/** The report of a scenario as one HTML page that needs nothing else. Pure: the same story gives the same page. */
import { NOBODY } from "../scenario/record.ts";
import { chart, hasBaseline } from "./chart.ts";
import { STYLE } from "./page-style.ts";
import { escapeText } from "./svg.ts";
import { clockTime, type Release, type VersionSeries } from "./timeline.ts";

export interface Story {
  readonly name: string;
  readonly description: string;
  readonly releases: readonly Release[];
  /** Rules that were broken and expectations that did not come true. */
  readonly problems: readonly string[];
}

export function page({ name, description, releases, problems }: Story): string {
  const title = `Canary releases: ${name}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeText(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeText(title)}</h1>
<p class="lead">${escapeText(description)}</p>
${problems.length === 0 ? "" : breaches(problems)}
${releases.map(card).join("\n")}
<footer>Requests, failures and latencies are what the users saw. Hover over a point for its numbers.
Everything ran on one machine, so users wait a little longer while the programs of the pipeline start.</footer>
</main>
</body>
</html>
`;
}

function card(release: Release): string {
  const tone = toneOf(release.state);
  const sign = { good: "✓", bad: "✗", plain: "–" }[tone];
  const revision = release.revision.slice(0, 7);
  const { headline, details } = told(release);
  return `<section class="card">
<div class="head ${tone}">
<div class="sign">${sign}</div>
<div>
<p class="commit"><code>${escapeText(revision)}</code> ${escapeText(release.title)}</p>
<h2>${escapeText(headline)}</h2>
${details.length === 0 ? "" : `<ul class="details">${details.map((one) => `<li>${escapeText(one)}</li>`).join("")}</ul>`}
</div>
</div>
<div class="body">
<dl class="facts">${facts(release)}</dl>
${release.versions.length === 0 ? "" : `${legend(release.versions)}<div class="wide">${chart(release)}</div>`}
<div class="below">
<div><h3>What happened</h3><ol>${release.marks.map(event).join("")}</ol></div>
<div class="wide"><h3>What the users saw</h3>${requests(release)}</div>
</div>
</div>
</section>`;
}

/** The arithmetic of evidence is a line for each criterion, too much for a headline. */
function told({ sentence, outcome, evidence }: Release) {
  const whole = sentence || outcome || "no outcome was recorded";
  const [headline = whole, ...rest] = evidence === undefined ? [whole] : whole.split(": ");
  return { headline, details: rest.length === 0 ? [] : rest.join(": ").split("; ") };
}

function legend(versions: readonly VersionSeries[]): string {
  const entries = versions.map(
    ({ version, role }) => `<span><span class="key ${role}"></span>${escapeText(version)} (${role})</span>`,
  );
  return `<p class="legend">${entries.join("")}</p>`;
}

function facts({ outcome, reason, state, seconds, weights, versions }: Release): string {
  const most = Math.max(0, ...weights.map(({ percent }) => percent));
  const rows: readonly (readonly [string, string])[] = [
    ["Outcome", outcome === "" ? "none" : outcome],
    ["Reason", reason === "" ? "none" : reason],
    ["Commit status", state === "" ? "none" : state],
    ["From push to end", clockTime(seconds)],
    ...(hasBaseline(versions) ? [["Candidate's largest share", `${most} %`] as const] : []),
  ];
  return rows.map(([term, value]) => `<div><dt>${term}</dt><dd>${escapeText(value)}</dd></div>`).join("");
}

function event({ at, text, tone }: Release["marks"][number], index: number): string {
  return `<li><b class="${tone}">${index + 1}</b><time>${clockTime(at)}</time><span>${escapeText(text)}</span></li>`;
}

function requests({ requests, versions }: Release): string {
  const rows = Object.entries(requests).map(([name, { total, errors, p50, p99 }]) => {
    const role = versions.find(({ version }) => version === name)?.role;
    const key = role === undefined ? "" : `<span class="key ${role}"></span>`;
    const shown = name === NOBODY ? "no version answered" : name;
    const latency = (ms: number | undefined) => (ms === undefined ? "" : `${ms} ms`);
    return `<tr><td>${key}${escapeText(shown)}</td><td>${total}</td><td>${errors}</td><td>${latency(p50)}</td><td>${latency(p99)}</td></tr>`;
  });
  return `<table><tr><th>version</th><th>requests</th><th>failed</th><th>median</th><th>p99</th></tr>${rows.join("")}</table>`;
}

function breaches(problems: readonly string[]): string {
  return `<section class="card breaches"><h3>This did not come out as it should</h3><ul>${problems
    .map((problem) => `<li>${escapeText(problem)}</li>`)
    .join("")}</ul></section>`;
}

function toneOf(state: string): "good" | "bad" | "plain" {
  if (state === "success") return "good";
  return state === "" || state === "pending" ? "plain" : "bad";
}

/** How the numbers come about; printed before them. */
import { COMPARED } from "./rules/tried.ts";

export const METHOD = (
  runs: number,
): string => `Method. ${runs} runs per row (${Math.ceil(runs / 4)} where no guarantee is claimed: rows marked as not covered, variants,
Kayenta, Argo every 5 min, oracle), the same seeds every time. Requests come
as a Poisson stream; counts are drawn per 5 s, each request with a fixed place on the scale of weights and an answer from either
version, so all rules see the same requests and differ by their own weight decisions. Baseline: 0.1 % errors, log-normal answers with
median 80 ms, 0.44 % slower than 500 ms. All climb the weights 5, 10, 20, 50 %; deadline 30 min. A ± is one standard error; a 0
or 100 in ${runs} runs means a true value within ${(300 / runs).toFixed(2)} points with 95 % confidence.

"sequential" is the product's code with the default experiment: errors at most 1 % or no worse than the baseline, errors at most
baseline + 0.5 points, slower than 500 ms at most baseline + 1 point; alpha 1 %, beta 5 %, risk budget 0.5 %, minSoak 60 s,
ignore-worst-poll on, burst from 10 minutes of the baseline before. Its timing is the product's: it begins anywhere between two scrapes; a poll is
one scrape interval, shows what came between two scrapes, and is read one interval + 1 s after its end; the weight changes then, and polls that
touch a change or the 2 s after it (the first ones too) are left out. Traffic is taken to follow a changed weight at once, for all rules.

The peers (${COMPARED.slice(1)
  .map(({ name }) => name)
  .join("; ")}) follow their sources and documented settings: error
limit 1 %, success 99 %, Flagger 5 failed checks, Iter8's tutorial (8 x 30 s, sampleSize 10, delta 2 %, stopOnFailure), Kayenta
98 % Mann-Whitney on 10 s points of each 10 minutes at 5 % weight. In their favour they read each scrape without delay, never leave one
out, and judge only the kind of bad request that the row is about (latency: share above 500 ms, mean for Iter8 and Kayenta). The oracle knows
the true shares and keeps our polls, delay and first weight. Bad requests and seconds are means over the runs that were
rolled back, to the moment when traffic was taken away; in how many of the runs that was stands behind when not in all.`;

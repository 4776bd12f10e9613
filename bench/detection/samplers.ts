/**
 * Counts drawn at once instead of request by request. Exact: inversion where the mean is small, transformed rejection (PTRS and
 * BTRS: Hörmann, "The transformed rejection method for generating Poisson / binomial random variables", 1993) elsewhere.
 */
import type { Random } from "./random.ts";

const SMALL = 10;

/** How many requests come when `mean` are expected. */
export function poisson(random: Random, mean: number): number {
  if (mean <= 0) return 0;
  return mean < SMALL ? poissonByInversion(random, mean) : poissonByRejection(random, mean);
}

/** How many of `trials` requests are bad when each is with `probability`. */
export function binomial(random: Random, trials: number, probability: number): number {
  if (trials <= 0 || probability <= 0) return 0;
  if (probability >= 1) return trials;
  if (probability > 0.5) return trials - binomial(random, trials, 1 - probability);
  return trials * probability < SMALL
    ? binomialByInversion(random, trials, probability)
    : binomialByRejection(random, trials, probability);
}

/** The size of a burst: at least 1, `mean` on average. */
export function geometric(random: Random, mean: number): number {
  return mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / mean));
}

function poissonByInversion(random: Random, mean: number): number {
  let left = random();
  let probability = Math.exp(-mean);
  for (let count = 0; ; ) {
    if (left < probability || probability === 0) return count;
    left -= probability;
    count += 1;
    probability *= mean / count;
  }
}

function binomialByInversion(random: Random, trials: number, probability: number): number {
  const odds = probability / (1 - probability);
  let left = random();
  let chance = Math.exp(trials * Math.log1p(-probability));
  for (let count = 0; count < trials; ) {
    if (left < chance || chance === 0) return count;
    left -= chance;
    chance *= (odds * (trials - count)) / (count + 1);
    count += 1;
  }
  return trials;
}

function poissonByRejection(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const quick = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= quick) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const accepted = Math.log((v * inverseAlpha) / (a / (us * us) + b));
    if (accepted <= count * Math.log(mean) - mean - logFactorial(count)) return count;
  }
}

function binomialByRejection(random: Random, trials: number, probability: number): number {
  const odds = probability / (1 - probability);
  const deviation = Math.sqrt(trials * probability * (1 - probability));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * probability;
  const center = trials * probability + 0.5;
  const quick = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((trials + 1) * probability);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + center);
    if (us >= 0.07 && v <= quick) return count;
    if (count < 0 || count > trials) continue;
    const accepted = Math.log((v * alpha) / (a / (us * us) + b));
    const ratio = (count - mode) * Math.log(odds) + logChoose(trials, count) - logChoose(trials, mode);
    if (accepted <= ratio) return count;
  }
}

function logChoose(trials: number, count: number): number {
  return logFactorial(trials) - logFactorial(count) - logFactorial(trials - count);
}

const FACTORIALS = Array.from({ length: 10 }, (_, count) => {
  let product = 1;
  for (let factor = 2; factor <= count; factor += 1) product *= factor;
  return Math.log(product);
});

/** ln(count!), by Stirling's series from 10 on (error below 1e-12). */
export function logFactorial(count: number): number {
  const known = FACTORIALS[count];
  if (known !== undefined) return known;
  const next = count + 1;
  const square = 1 / (next * next);
  const tail = (1 / 12 - (1 / 360 - square / 1260) * square) / next;
  return (count + 0.5) * Math.log(next) - next + 0.5 * Math.log(2 * Math.PI) + tail;
}

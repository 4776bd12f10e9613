/** Seeded counts, drawn per poll and never per request. */

/** Numbers from 0 to 1, the same on every machine (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How many of `requests` are bad, by inversion: for few bad ones. */
export function binomial(random: () => number, requests: number, share: number): number {
  if (share <= 0 || requests <= 0) return 0;
  if (share > 0.5) return requests - binomial(random, requests, 1 - share);
  let left = random();
  let chance = Math.exp(requests * Math.log1p(-share));
  for (let bad = 0; bad < requests; bad += 1) {
    if (left < chance) return bad;
    left -= chance;
    chance *= ((requests - bad) * share) / ((bad + 1) * (1 - share));
  }
  return requests;
}

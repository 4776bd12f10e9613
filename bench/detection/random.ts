/** Seeded random numbers, the same on every machine. */

/** The next number, from 0 (included) to 1 (excluded), with 53 random bits. */
export type Random = () => number;

/**
 * xoshiro128** of Blackman and Vigna (2018), its state filled from the seed by splitmix32. Different seeds give streams that
 * have nothing to do with each other.
 */
export function createRandom(...seed: readonly number[]): Random {
  let mixed = seed.reduce((state, part) => scramble((state ^ part) + 0x9e3779b9), 0x6a09e667);
  const fill = () => {
    mixed = (mixed + 0x9e3779b9) | 0;
    return scramble(mixed);
  };
  let [a, b, c, d] = [fill(), fill(), fill(), fill()];
  const next = () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result;
  };
  return () => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992;
}

function scramble(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return (mixed ^ (mixed >>> 15)) | 0;
}

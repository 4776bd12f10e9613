/**
 * A part of the stake is kept back and invested poll by poll, so that a fault that starts late need not first win back what was
 * lost before. A sum of bets that start at different times with stakes that total 1 is itself a fair bet (docs/evidence.md;
 * Shiryaev and Roberts; Shin, Ramdas and Rinaldo, "E-detectors").
 */

const AT_ONCE = 0.8;

/** What each of so many bets starts with. */
export function firstStake(bets: number): number {
  return AT_ONCE / bets;
}

/** What each bet gets before a poll, when `polls` came before it: nothing at the first and after the horizon. */
export function lateStake(bets: number, polls: number, horizon: number): number {
  return polls >= 1 && polls <= horizon ? (1 - AT_ONCE) / (bets * horizon) : 0;
}

/** What no bet has got yet after so many polls. */
export function unspent(polls: number, horizon: number): number {
  return (1 - AT_ONCE) * Math.max(0, 1 - Math.max(0, polls - 1) / horizon);
}

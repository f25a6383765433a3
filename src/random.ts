// Pseudo-random numbers that follow from a seed, for draws that can be repeated.

/**
 * Numbers in [0, 1). Mulberry32 (Tommy Ettinger, 2017; public domain): 32 bits of state, a period of 2^32.
 * @example
 * const random = mulberry32(7);
 * random(); // the same number for the same seed
 */
export function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Puts the items into an order that `random` decides, each as likely (Fisher and Yates), and returns them. */
export function shuffle<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other]!, items[last]!];
  }
  return items;
}

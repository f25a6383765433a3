// Dropout by a hash of (seed, index): the finaliser of MurmurHash3 (Austin Appleby; public domain).

/** 0 for an element that is dropped, else 1 / (1 − rate). */
export function keepFactor(rate: number, seed: number, index: number): number {
  let h = (Math.imul(index + 1, 0x9e3779b9) + seed) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  h = (h ^ (h >>> 16)) >>> 0;
  return h >>> 8 < Math.fround(rate) * 2 ** 24 ? 0 : 1 / (1 - rate);
}

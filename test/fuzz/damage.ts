// Damaged files, the same ones for a seed: cut short, bits flipped, bytes overwritten, pieces repeated or taken out.
import { mulberry32 } from "../../src/random.ts";

/** A generator of whole numbers below `limit`. */
export type Random = (limit: number) => number;

export function seeded(seed: number): Random {
  const random = mulberry32(seed);
  return (limit) => Math.floor(random() * limit);
}

// Lengths and counts that readers stumble over.
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** A damaged copy. `head` bytes from the start and from the end are hit as often as all others, for that is where structure lies. */
export function damage(file: Uint8Array, random: Random, head = 4096): Uint8Array {
  const copy = file.slice();
  const place = () => {
    const near = Math.min(head, copy.byteLength);
    return [random(near), copy.byteLength - 1 - random(near), random(copy.byteLength)][random(3)]!;
  };
  switch (random(6)) {
    case 0:
      return copy.subarray(0, random(copy.byteLength));
    case 1:
      for (let count = 1 + random(8); count > 0; count--) copy[place()]! ^= 1 << random(8);
      return copy;
    case 2:
      for (let count = 1 + random(64); count > 0; count--) copy[place()] = random(256);
      return copy;
    case 3: {
      const view = new DataView(copy.buffer);
      const at = Math.min(place(), copy.byteLength - 4);
      if (at >= 0) view.setUint32(at, EDGES[random(EDGES.length)]!, random(2) === 0);
      return copy;
    }
    case 4: {
      const [from, to] = [place(), place()];
      copy.copyWithin(to, from, from + random(256));
      return copy;
    }
    default: {
      const at = place();
      const length = 1 + random(64);
      const shorter = new Uint8Array(Math.max(0, copy.byteLength - length));
      shorter.set(copy.subarray(0, Math.min(at, shorter.byteLength)));
      shorter.set(
        copy.subarray(at + length),
        Math.min(at, shorter.byteLength - Math.max(0, copy.byteLength - at - length)),
      );
      return shorter;
    }
  }
}

import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import {
  align,
  multiplierIndex,
  packF32,
  packQc7w,
  packQm4w,
  qc7wIndex,
  qm4wIndex,
} from "../../../src/quantize/layout.ts";
import type { KernelExports } from "../../../src/wasm/kernels/abi.ts";
import { embed } from "../../../src/wasm/kernels/reference/embed.ts";
import { type Arena, builds, openArena } from "./arena.ts";
import { padRows, source } from "./values.ts";

const V = 37;
const width = fc.constantFrom(1, 12, 16, 36, 48, 304);

/** A table in each format: puts it in the arena, and returns its look-up and the entries that are expected from it, [V][H]. */
const forms = {
  f32: (table: Float32Array, arena: Arena, H: number) => {
    const w = arena.input(packF32(table, V, H));
    return { entries: table, look: (k: KernelExports, ...rest: Lookup) => k.embed_f32(w, ...rest) };
  },
  qc7w: (table: Float32Array, arena: Arena, H: number) => {
    const { weight, scale } = packQc7w(table, V, H);
    const [w, wscale] = [arena.input(weight), arena.input(scale)];
    const entries = table.map((_, i) => {
      const n = Math.floor(i / H);
      return (weight[qc7wIndex(n, i % H, align(H))]! - 64) * scale[n]!;
    });
    return { entries, look: (k: KernelExports, ...rest: Lookup) => k.embed_qc7w(w, wscale, ...rest) };
  },
  qm4w: (table: Float32Array, arena: Arena, H: number) => {
    const { weight, multiplier, scale } = packQm4w(table, V, H);
    const [w, m, wscale] = [arena.input(weight), arena.input(new Uint8Array(multiplier.buffer)), arena.input(scale)];
    const entries = table.map((_, i) => {
      const [n, k, K] = [Math.floor(i / H), i % H, align(H)];
      const { byte, shift } = qm4wIndex(n, k, K);
      return (((weight[byte]! >> shift) & 15) - 8) * multiplier[multiplierIndex(n, k, K)]! * scale[n]!;
    });
    return { entries, look: (k: KernelExports, ...rest: Lookup) => k.embed_qm4w(w, m, wscale, ...rest) };
  },
};
/** index, y, y_stride, M, K, accumulate */
type Lookup = [number, number, number, number, number, number];

describe.each(builds)("embed_f32, embed_qc7w and embed_qm4w, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  it("look up and add entries exactly", () => {
    const indices = fc.array(fc.nat(V - 1), { minLength: 1, maxLength: 9 });
    const form = fc.constantFrom(...Object.values(forms));
    fc.assert(
      fc.property(source, indices, width, form, fc.boolean(), (numbers, list, H, place, accumulate) => {
        const index = Int32Array.from(list);
        const M = index.length;
        const K = align(H);
        const ldy = K + 16;
        arena.reset();
        const { entries, look } = place(numbers.matrix(V, H), arena, H);
        const before = padRows(numbers.ordinary(M * H), H, ldy);
        const at = arena.input(index);
        const y = arena.output(before);
        arena.call((kernel) => look(kernel, at, y, 4 * ldy, M, K, Number(accumulate)));

        const looked = padRows(embed(entries, index, H), H, ldy);
        // Adding 0 makes −0 into 0, which the kernels may or may not keep.
        const expected = looked.map((value, i) => (accumulate ? value + before[i]! : value) + 0);
        expect(arena.f32(y, M * ldy).map((value) => value + 0)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

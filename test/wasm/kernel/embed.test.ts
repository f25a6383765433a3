import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { embed } from "../../../src/wasm/kernel/reference/embed.ts";
import { align, packF32, packQc8w, qc8wIndex } from "../../../src/weights/layout.ts";
import { type Arena, openArena, variants } from "./arena.ts";
import { padRows, source } from "./values.ts";

const V = 37;
const width = fc.constantFrom(1, 12, 16, 36, 48, 304);

describe.each(variants.slice(0, 2))("embed_qc8w and embed_f32, %s", (variant) => {
  let arena: Arena;
  beforeAll(async () => {
    arena = await openArena(variant);
  });

  it("look up and add entries exactly", () => {
    const indices = fc.array(fc.nat(V - 1), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(source, indices, width, fc.boolean(), fc.boolean(), (numbers, list, H, quantised, accumulate) => {
        const index = Int32Array.from(list);
        const M = index.length;
        const K = align(H);
        const ldy = K + 16;
        let table = numbers.matrix(V, H);
        arena.reset();
        let w: number;
        let wscale = 0;
        if (quantised) {
          const { weight, scale } = packQc8w(table, V, H);
          w = arena.input(weight);
          wscale = arena.input(scale);
          table = table.map((_, i) => {
            const n = Math.floor(i / H);
            return (weight[qc8wIndex(n, i % H, K)]! - 64) * scale[n]!;
          });
        } else w = arena.input(packF32(table, V, H));
        const before = padRows(numbers.ordinary(M * H), H, ldy);
        const at = arena.input(index);
        const y = arena.output(before);
        arena.call((kernel) => {
          if (quantised) kernel.embed_qc8w(w, wscale, at, y, ldy, M, K, Number(accumulate));
          else kernel.embed_f32(w, at, y, ldy, M, K, Number(accumulate));
        });

        const looked = padRows(embed(table, index, H), H, ldy);
        // Adding 0 makes −0 into 0, which the kernels may or may not keep.
        const expected = looked.map((value, i) => (accumulate ? value + before[i]! : value) + 0);
        expect(arena.f32(y, M * ldy).map((value) => value + 0)).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

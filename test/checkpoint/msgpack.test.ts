// Counting the values of a MessagePack file: the same as the library builds of it.
import { encode } from "@msgpack/msgpack";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { countValues } from "../../src/checkpoint/msgpack.ts";

/** Values of a tree, its keys and itself included. */
function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array || typeof value !== "object" || value === null) return 1;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sizeOf(item), 1);
  return Object.values(value).reduce((sum: number, item) => sum + 1 + sizeOf(item), 1);
}

it("counts every value of any file", () => {
  const leaf = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 300 }),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie("tree"), { maxLength: 20 }),
      fc.dictionary(fc.string(), tie("tree"), { maxKeys: 20, noNullPrototype: true }),
    ),
  }));
  fc.assert(fc.property(tree, (value) => countValues(encode(value), 1e9) === sizeOf(value)));
});

it("stops past the most that is of interest, and where the file does", () => {
  expect(countValues(encode(Array(1000).fill(0)), 10)).toBeGreaterThan(10);
  const claimed = Uint8Array.of(0xdd, 255, 255, 255, 255);
  expect(countValues(claimed, 100)).toBeGreaterThan(100);
  expect(() => countValues(Uint8Array.of(0xdf, 1), 100)).not.toThrow();
});

// flax_model.msgpack: arrays by the path of their keys, whole and in pieces, of every type; and no claim of a file's is believed.
import { ExtData, encode } from "@msgpack/msgpack";
import { describe, expect, it } from "vitest";
import { readFlax } from "../../src/checkpoint/flax-msgpack.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";
import { HOSTILE_FLAX } from "../fuzz/hostile.ts";

const ndarray = (shape: readonly number[], dtype: string, bytes: Uint8Array) =>
  new ExtData(1, encode([shape, dtype, bytes]));
const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

describe("readFlax", () => {
  it("refuses more values than a checkpoint has before it takes memory for them", async () => {
    /** 32 lists of 32 lists …, the last ones empty: a byte each. */
    const lists = (depth: number): Uint8Array => {
      const inner = depth === 1 ? Uint8Array.of(0x90) : lists(depth - 1);
      return Uint8Array.of(0xdc, 0, 32, ...Array.from({ length: 32 }, () => [...inner]).flat());
    };
    const deep = lists(3);
    const file = new Uint8Array(3 + 32 * deep.length);
    file.set([0xdc, 0, 32]);
    for (let i = 0; i < 32; i++) file.set(deep, 3 + i * deep.length);
    await expectError(() => readFlax(file), "invalid_checkpoint", "it holds more than 500000 values");
    const inArray = encode({ a: new ExtData(1, deep) });
    await expectError(() => readFlax(inArray), "invalid_checkpoint", "it holds more than 32 values");
  });

  it("names arrays by their keys", async () => {
    const tensors = readFlax((await readFixture("test/goldens/flax/bert-model/flax_model.msgpack"))!);
    expect(tensors.get("encoder/layer/1/intermediate/dense/kernel")).toMatchObject({ dtype: "F32", shape: [32, 64] });
    expect(tensors.size).toBe(39);
  });

  it.each([
    ["float64", "F64", [1]],
    ["float32", "F32", [2]],
    ["float16", "F16", [2, 2]],
    ["bfloat16", "BF16", [4]],
    ["int64", "I64", [1]],
    ["int32", "I32", [1, 2]],
    ["bool", "BOOL", [8]],
  ])("reads arrays of %s", (name, dtype, shape) => {
    const tensors = readFlax(encode({ a: { b: ndarray(shape, name, bytes) } }));
    expect(tensors.get("a/b")).toEqual({ dtype, shape, bytes });
  });

  it("joins arrays in pieces, in the order of their numbers", () => {
    const piece = (from: number) => ndarray([1], "float32", bytes.slice(from, from + 4));
    const file = encode({
      a: { __msgpack_chunked_array__: true, shape: { 0: 1, 1: 2 }, chunks: { 1: piece(4), 0: piece(0) } },
    });
    expect(readFlax(file).get("a")).toEqual({ dtype: "F32", shape: [1, 2], bytes });
  });

  it.each([
    ["lacks pieces", { 0: ndarray([1], "float32", bytes.slice(0, 4)) }],
    ["pieces that do not fit", { 0: ndarray([2], "float32", bytes), 1: ndarray([2], "float32", bytes) }],
    [
      "pieces that do not fit",
      { 0: ndarray([1], "float32", bytes.slice(4)), 1: ndarray([1], "int32", bytes.slice(4)) },
    ],
    ["has no pieces", {}],
  ])("refuses one that %s", (says, chunks) => {
    const file = encode({ a: { __msgpack_chunked_array__: true, shape: [2], chunks }, padding: bytes });
    return expectError(() => readFlax(file), "invalid_checkpoint", says);
  });

  it("leaves out what is no array", () => {
    expect(readFlax(encode({ step: 3, name: "x", none: null, scalar: new ExtData(3, encode([])) }))).toEqual(new Map());
  });

  it.each(HOSTILE_FLAX)("refuses $name", ({ file, says }) =>
    expectError(() => readFlax(file), "invalid_checkpoint", says),
  );
});

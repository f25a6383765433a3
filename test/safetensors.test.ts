// The safetensors format: what is read, to the bit, and that whatever is not a well-formed file is refused and never fails otherwise.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BertletError } from "../src/errors.ts";
import {
  type Dtype,
  parseHeader,
  readSafetensors,
  type TensorView,
  toFloat32,
  writeSafetensors,
} from "../src/safetensors.ts";
import { f32, rawSafetensors } from "./builders.ts";
import { expectError } from "./expect-error.ts";
import { readFixture } from "./fixtures.ts";

const BYTES: Readonly<Record<Dtype, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  C64: 8,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
};
const dtypes = Object.keys(BYTES) as Dtype[];

const tensor = (dtype: Dtype, shape: readonly number[], bytes: ArrayLike<number>): TensorView => {
  return { dtype, shape, bytes: Uint8Array.from(bytes) };
};

const entry = (dtype: unknown, shape: unknown, ...data_offsets: unknown[]) => ({ dtype, shape, data_offsets });

const refused = (file: Uint8Array, ...parts: string[]) =>
  expectError(() => readSafetensors(file), "invalid_checkpoint", "not a valid safetensors file", ...parts);

/** Three tensors, one of them empty, and metadata. */
const small = writeSafetensors(
  new Map([
    ["a", f32([2, 2], [1, 2, 3, 4])],
    ["empty", tensor("U8", [0, 3], [])],
    ["b", tensor("I16", [3], [1, 0, 2, 0, 3, 0])],
  ]),
  { format: "test" },
);

/** Reads the file or throws what is not a BertletError. What is read lies in the file: nothing was copied or made. */
function readOrRefuse(file: Uint8Array): void {
  try {
    for (const { bytes } of readSafetensors(file).tensors.values()) expect(bytes.buffer).toBe(file.buffer);
  } catch (error) {
    if (!(error instanceof BertletError)) throw error;
    expect(error.type).toBe("invalid_checkpoint");
  }
}

describe("readSafetensors", () => {
  it("reads a checkpoint as the reference wrote it", async () => {
    const file = (await readFixture("test/goldens/torch/sequence-classification/model.safetensors"))!;
    const { tensors, metadata } = readSafetensors(file);
    expect(metadata).toEqual({ format: "pt" });
    expect(tensors.get("bert.embeddings.word_embeddings.weight")).toMatchObject({ dtype: "F32", shape: [400, 32] });
    expect(tensors.get("classifier.bias")).toMatchObject({ dtype: "F32", shape: [3] });
  });

  it("reads every element type where it lies", () => {
    for (const dtype of dtypes) {
      const bytes = Uint8Array.from({ length: 6 * BYTES[dtype] }, (_, i) => i);
      const { tensors } = readSafetensors(writeSafetensors(new Map([["x", { dtype, shape: [2, 3], bytes }]]), {}));
      expect(tensors.get("x")).toEqual({ dtype, shape: [2, 3], bytes });
    }
  });

  it("reads a file that lies anywhere in a buffer", () => {
    const buffer = new Uint8Array(small.length + 10);
    buffer.set(small, 3);
    expect(readSafetensors(buffer.subarray(3, 3 + small.length))).toEqual(readSafetensors(small));
  });

  it("reads a header without metadata, without tensors, and padded with spaces", () => {
    expect(readSafetensors(rawSafetensors("{}  "))).toEqual({ tensors: new Map(), metadata: {} });
  });

  it("gives tensors in the order of their bytes", () => {
    const header = { b: entry("U8", [2], 1, 3), none: entry("U8", [0], 1, 1), a: entry("U8", [1], 0, 1) };
    expect([...readSafetensors(rawSafetensors(header, 3)).tensors.keys()]).toEqual(["a", "none", "b"]);
  });

  it.each(["__proto__", "constructor", "toString", "", "1", "a\nb", "…"])(
    "takes %j for a name like any other",
    (name) => {
      const tensors = new Map([
        [name, tensor("U8", [1], [7])],
        ["other", tensor("U8", [1], [8])],
      ]);
      const read = readSafetensors(writeSafetensors(tensors, { [`${name}.`]: "x" }));
      expect(read).toEqual({ tensors, metadata: { [`${name}.`]: "x" } });
      expect(Object.getPrototypeOf(read.metadata)).toBe(Object.prototype);
    },
  );

  it("takes the last of two tensors with one name, and so refuses the bytes of the first", async () => {
    const twice = (first: string, second: string) =>
      `{"a":{"dtype":"U8","shape":[1],"data_offsets":${first}},"a":{"dtype":"U8","shape":[1],"data_offsets":${second}}}`;
    expect(readSafetensors(rawSafetensors(twice("[0,1]", "[0,1]"), 1)).tensors.size).toBe(1);
    await refused(rawSafetensors(twice("[0,1]", "[1,2]"), 2), "tensor a begins at 1, not at 0");
    await refused(rawSafetensors(twice("[1,2]", "[0,1]"), 2), "tensors need 1 bytes, the file holds 2");
  });

  describe("refuses", () => {
    it("a file cut off at any byte", async () => {
      for (let length = 0; length < small.length; length++) await refused(small.subarray(0, length));
    });

    it("a file that goes on", async () => {
      const longer = new Uint8Array(small.length + 1);
      longer.set(small);
      await refused(longer, "tensors need 22 bytes, the file holds 23");
    });

    it.each<[string, bigint, string]>([
      ["longer than the file", 1000n, "the header has 1000 bytes, the file 10"],
      ["over 100 MB", 100_000_001n, "a header of 100000001 bytes is over 100000000"],
      ["of 2^63 bytes", 2n ** 63n, "9223372036854775808"],
      ["of 2^64 − 1 bytes", 2n ** 64n - 1n, "18446744073709551615"],
    ])("a header %s", async (_, length, message) => {
      const file = rawSafetensors("{}");
      new DataView(file.buffer).setBigUint64(0, length, true);
      await refused(file, message);
    });

    it.each<[string, unknown, ...string[]]>([
      ["nothing", "", "the header is not JSON"],
      ["broken JSON", '{"a":', "the header is not JSON"],
      ["a list", "[]", "the header is not JSON that begins with {"],
      ["null", "null", "the header is not JSON that begins with {"],
      ["a number", "1", "the header is not JSON that begins with {"],
      ["metadata that is null", { __metadata__: null }, "__metadata__ is not a map from string to string"],
      ["metadata that is a list", { __metadata__: ["a"] }, "__metadata__ is not a map from string to string"],
      ["metadata that is text", { __metadata__: "a" }, "__metadata__ is not a map from string to string"],
      ["a number in the metadata", { __metadata__: { a: 1 } }, "__metadata__ is not a map from string to string"],
      ["a number in the metadata's __proto__", '{"__metadata__":{"__proto__":1}}', "__metadata__ is not a map"],
      ["lists in lists", `{"a":${"[".repeat(100)}`, "the header is nested too deep"],
      ["nothing but lists", "[".repeat(1000), "the header is not JSON that begins with {"],
      ["a byte order mark", `\uFEFF{}`, "the header is not JSON that begins with {"],
      [
        "more entries than its size allows",
        `{${Array.from({ length: 1000 }, (_, i) => `"${i}":{}`).join()}}`,
        "too many entries for its size",
      ],
      ["a tensor that is null", { a: null }, "tensor a: "],
      ["a tensor that is a list", { a: [] }, "tensor a: "],
      ["a tensor without a type", { a: { shape: [1], data_offsets: [0, 4] } }, "tensor a: ", "dtype"],
      ["a tensor without a shape", { a: { dtype: "F32", data_offsets: [0, 4] } }, "tensor a: ", "shape"],
      ["a tensor without a place", { a: { dtype: "F32", shape: [1] } }, "tensor a: ", "data_offsets"],
      ["an unknown type", { a: entry("F4", [8], 0, 4) }, "tensor a has the unknown type F4"],
      ["a type in small letters", { a: entry("f32", [1], 0, 4) }, "tensor a has the unknown type f32"],
      ["a type of JavaScript's", { a: entry("toString", [1], 0, 4) }, "tensor a has the unknown type toString"],
      ["a type that is no text", { a: entry(4, [1], 0, 4) }, "tensor a: "],
      ["a negative extent", { a: entry("F32", [-1], 0, 4) }, "tensor a: "],
      ["two negative extents", { a: entry("F32", [-1, -1], 0, 4) }, "tensor a: "],
      ["half an element", { a: entry("F32", [0.5, 2], 0, 4) }, "tensor a: "],
      ["an extent that is text", { a: entry("F32", ["1"], 0, 4) }, "tensor a: "],
      ["a shape that is a number", { a: entry("F32", 1, 0, 4) }, "tensor a: "],
      ["a shape like a list", { a: entry("F32", { length: 1, 0: 1 }, 0, 4) }, "tensor a: "],
      ["17 dimensions", { a: entry("F32", Array(17).fill(1), 0, 4) }, "tensor a: "],
      ["an extent of 2^53", { a: entry("F32", [2 ** 53], 0, 4) }, "tensor a: "],
      ["an extent of 1e400", '{"a":{"dtype":"F32","shape":[1e400],"data_offsets":[0,4]}}', "tensor a: "],
      ["2^53 − 1 elements", { a: entry("F32", [2 ** 53 - 1], 0, 4) }, "does not take the 4 bytes it has"],
      [
        "a product of 2^64, which is 0 in 64 bits",
        { a: entry("U8", [2 ** 32, 2 ** 32], 0, 0) },
        "does not take the 0 bytes",
      ],
      ["a product of 2^64 + 4", { a: entry("U8", [2 ** 32 + 2, 2 ** 32 - 2], 0, 4) }, "does not take the 4 bytes"],
      [
        "a product beyond all numbers",
        { a: entry("U8", Array(16).fill(2 ** 53 - 1), 0, 4) },
        "does not take the 4 bytes",
      ],
      ["fewer bytes than the shape has", { a: entry("F32", [2], 0, 4) }, "[2] and type F32 does not take the 4 bytes"],
      ["more bytes than the shape has", { a: entry("F16", [1], 0, 4) }, "[1] and type F16 does not take the 4 bytes"],
      ["an end before the start", { a: entry("F32", [1], 4, 0) }, "does not take the -4 bytes"],
      ["a negative place", { a: entry("F32", [1], -4, 0) }, "tensor a: "],
      ["one number for a place", { a: entry("F32", [1], 4) }, "tensor a: "],
      ["three numbers for a place", { a: entry("F32", [1], 0, 4, 8) }, "tensor a: "],
      ["a gap at the start", { a: entry("U8", [3], 1, 4) }, "tensor a begins at 1, not at 0"],
      ["a gap", { a: entry("U8", [1], 0, 1), b: entry("U8", [2], 2, 4) }, "tensor b begins at 2, not at 1"],
      ["an overlap", { a: entry("U8", [3], 0, 3), b: entry("U8", [2], 2, 4) }, "tensor b begins at 2, not at 3"],
      [
        "two tensors in one place",
        { a: entry("U8", [4], 0, 4), b: entry("U8", [4], 0, 4) },
        "tensor b begins at 0, not at 4",
      ],
      [
        "a tensor inside another",
        { a: entry("U8", [4], 0, 4), b: entry("U8", [1], 1, 2) },
        "tensor b begins at 1, not at 4",
      ],
      ["a tensor behind the file's end", { a: entry("U8", [5], 0, 5) }, "tensors need 5 bytes, the file holds 4"],
      ["bytes of no tensor", { a: entry("U8", [3], 0, 3) }, "tensors need 3 bytes, the file holds 4"],
    ])("a header with %s", (_, header, ...parts) => refused(rawSafetensors(header, 4), ...parts));

    it("a header that is not UTF-8", async () => {
      const file = rawSafetensors('{"?":{}}');
      file[10] = 0xff;
      await refused(file, "the header is not JSON");
    });
  });

  it("reads or refuses a file with any bits turned over", () => {
    const bit = fc.nat(8 * small.length - 1);
    fc.assert(
      fc.property(fc.array(bit, { minLength: 1, maxLength: 8 }), (bits) => {
        const file = small.slice();
        for (const at of bits) file[at >> 3]! ^= 1 << (at & 7);
        readOrRefuse(file);
      }),
      { numRuns: 2000 },
    );
  });

  it("reads or refuses any bytes at all", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readOrRefuse));
  });

  it("reads or refuses any JSON for a header", () => {
    const place = fc.tuple(fc.nat(20), fc.nat(20));
    const anyEntry = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom(...dtypes), fc.string()),
        shape: fc.oneof(fc.array(fc.nat(4), { maxLength: 3 }), fc.array(fc.double()), fc.jsonValue()),
        data_offsets: fc.oneof(place, fc.array(fc.maxSafeInteger()), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const header = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.oneof(anyEntry, fc.jsonValue())));
    fc.assert(fc.property(header, fc.nat(30), (json, dataBytes) => readOrRefuse(rawSafetensors(json, dataBytes))));
  });
});

describe("writeSafetensors", () => {
  const anyTensor = fc
    .record({ dtype: fc.constantFrom(...dtypes), shape: fc.array(fc.nat(4), { maxLength: 4 }), fill: fc.nat(255) })
    .map(({ dtype, shape, fill }): TensorView => {
      const length = shape.reduce((product, extent) => product * extent, BYTES[dtype]);
      return { dtype, shape, bytes: Uint8Array.from({ length }, (_, i) => fill + i) };
    });
  const name = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "constructor", "0", "10", "2"));
  const tensors = fc.dictionary(
    name.filter((name) => name !== "__metadata__"),
    anyTensor,
    { maxKeys: 8 },
  );

  it("writes what reads back as it was", () => {
    fc.assert(
      fc.property(tensors, fc.dictionary(name, fc.string({ unit: "binary" })), (record, metadata) => {
        const map = new Map(Object.entries(record));
        const read = readSafetensors(writeSafetensors(map, metadata));
        expect(new Map([...read.tensors].sort())).toEqual(new Map([...map].sort()));
        expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
      }),
    );
  });

  it("writes tensors in the order of the map, the first at a multiple of 64 bytes", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, text) => {
        fc.pre(first !== "__metadata__" && first !== "b");
        const map = new Map([
          [first, tensor("U8", [1], [255])],
          ["b", tensor("U8", [2], [254, 253])],
        ]);
        const file = writeSafetensors(map, { text });
        expect(file.length % 64).toBe(3);
        expect([...file.subarray(-3)]).toEqual([255, 254, 253]);
      }),
    );
  });

  it("writes the eight bytes of length, the JSON, spaces, and the data", () => {
    const file = writeSafetensors(new Map([["x", tensor("U8", [2], [1, 2])]]), { a: "b" });
    const json = '{"__metadata__":{"a":"b"},"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}';
    expect([...file.subarray(0, 8)]).toEqual([120, 0, 0, 0, 0, 0, 0, 0]);
    expect(new TextDecoder().decode(file.subarray(8, 128))).toBe(json.padEnd(120));
    expect([...file.subarray(128)]).toEqual([1, 2]);
  });
});

describe("parseHeader", () => {
  it("counts places from the first byte behind the header", () => {
    const header = parseHeader(rawSafetensors({ a: entry("U8", [1], 0, 1), b: entry("F16", [2], 1, 5) }).subarray(8));
    expect(header.dataBytes).toBe(5);
    expect(header.tensors.get("b")).toEqual({ dtype: "F16", shape: [2], start: 1, end: 5 });
  });
});

describe("toFloat32", () => {
  const bits16 = (dtype: Dtype, ...bits: number[]) =>
    toFloat32(tensor(dtype, [bits.length], new Uint8Array(Uint16Array.from(bits).buffer)));

  it.each<[string, number, number]>([
    ["0", 0x0000, 0],
    ["−0", 0x8000, -0],
    ["the smallest subnormal", 0x0001, 2 ** -24],
    ["a negative subnormal", 0x8200, -(2 ** -15)],
    ["the largest subnormal", 0x03ff, 1023 * 2 ** -24],
    ["the smallest normal", 0x0400, 2 ** -14],
    ["1/3, rounded", 0x3555, 0.333251953125],
    ["1", 0x3c00, 1],
    ["−2", 0xc000, -2],
    ["the largest", 0x7bff, 65504],
    ["infinity", 0x7c00, Number.POSITIVE_INFINITY],
    ["−infinity", 0xfc00, Number.NEGATIVE_INFINITY],
    ["a quiet NaN", 0x7e00, Number.NaN],
    ["a signalling NaN", 0x7c01, Number.NaN],
    ["a negative NaN", 0xffff, Number.NaN],
  ])("reads %s of F16", (_, bits, value) => {
    expect(bits16("F16", bits)[0]).toBe(value);
  });

  it.each<[string, number, number]>([
    ["0", 0x0000, 0],
    ["−0", 0x8000, -0],
    ["the smallest subnormal", 0x0001, 2 ** -133],
    ["1", 0x3f80, 1],
    ["−2", 0xc000, -2],
    ["the largest", 0x7f7f, 255 * 2 ** 120],
    ["infinity", 0x7f80, Number.POSITIVE_INFINITY],
    ["−infinity", 0xff80, Number.NEGATIVE_INFINITY],
    ["NaN", 0x7fc0, Number.NaN],
  ])("reads %s of BF16", (_, bits, value) => {
    expect(bits16("BF16", bits)[0]).toBe(value);
  });

  it.skipIf(!("getFloat16" in DataView.prototype))("reads every number of F16 as the runtime itself does", () => {
    const all = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
    const view = new DataView(all.buffer) as DataView & { getFloat16(at: number, littleEndian: boolean): number };
    const expected = Float32Array.from(all, (_, i) => view.getFloat16(2 * i, true));
    expect(toFloat32(tensor("F16", [2 ** 16], new Uint8Array(all.buffer)))).toEqual(expected);
  });

  it("reads F32 to the bit", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (bytes) => {
        expect([...new Uint8Array(toFloat32({ dtype: "F32", shape: [], bytes }).buffer)]).toEqual([...bytes]);
      }),
    );
  });

  it("rounds F64 to the nearest f32", () => {
    const values = Float64Array.of(0.1, -0, 1e300, 5e-324, Number.NaN);
    const read = toFloat32(tensor("F64", [5], new Uint8Array(values.buffer)));
    expect(read).toEqual(Float32Array.of(Math.fround(0.1), -0, Number.POSITIVE_INFINITY, 0, Number.NaN));
  });

  it("reads tensors that lie at any byte, and copies them", () => {
    const floats: Dtype[] = ["F64", "F32", "F16", "BF16"];
    for (const dtype of floats) {
      const buffer = new Uint8Array(1 + 2 * BYTES[dtype]).fill(0x40);
      const unaligned: TensorView = { dtype, shape: [2], bytes: buffer.subarray(1) };
      const values = toFloat32(unaligned);
      expect(values).toEqual(toFloat32({ ...unaligned, bytes: unaligned.bytes.slice() }));
      expect(values.buffer).not.toBe(buffer.buffer);
    }
  });

  it("reads a tensor of no elements", () => {
    expect(toFloat32(tensor("F16", [0], []))).toEqual(new Float32Array(0));
  });

  it.each<Dtype>(["I64", "I32", "I16", "I8", "U8", "BOOL"])("refuses %s, which holds no weights", (dtype) =>
    expectError(() => toFloat32(tensor(dtype, [1], new Uint8Array(BYTES[dtype]))), "invalid_checkpoint", dtype),
  );
});

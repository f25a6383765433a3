// readBatch: feeds of every form become rows of tokens with their positions, and whatever a kernel could trip over is refused.
import { Tensor } from "onnxruntime-common";
import { describe, expect, it } from "vitest";
import { encoderSpec } from "../../src/architectures/architectures.ts";
import { type Batch, batchLimits, readBatch } from "../../src/wasm/batch.ts";
import type { Feeds } from "../../src/wasm/session.ts";
import { tinyConfig } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { int32, int64 } from "../goldens.ts";

// 20 word pieces, 12 positions, 2 segments.
const limits = batchLimits(encoderSpec(tinyConfig()), "embeddings");
const flat = (...values: number[]) => new Tensor("int32", Int32Array.from(values), [values.length]);

/** Each row as [ids, types, columns]. */
function rowsOf(feeds: Feeds): number[][][] {
  return readBatch(feeds, limits).rows.map(({ ids, types, columns }) => [[...ids], [...types], [...columns]]);
}

const refused = (feeds: Feeds, ...parts: string[]) =>
  expectError(() => readBatch(feeds, limits), "invalid_input", ...parts);

describe.each([
  ["int32", int32],
  ["int64", int64],
] as const)("padded feeds of %s", (_, ints) => {
  const input_ids = ints([
    [5, 6, 7, 8],
    [9, 10, 11, 12],
  ]);

  it("have every token of type 0 when nothing else is said", () => {
    expect(readBatch({ input_ids }, limits).length).toBe(4);
    expect(rowsOf({ input_ids })).toEqual([
      [
        [5, 6, 7, 8],
        [0, 0, 0, 0],
        [0, 1, 2, 3],
      ],
      [
        [9, 10, 11, 12],
        [0, 0, 0, 0],
        [0, 1, 2, 3],
      ],
    ]);
  });

  it.each<[string, number[], number[][]]>([
    [
      "at the end",
      [1, 1, 1, 0],
      [
        [5, 6, 7],
        [0, 1, 1],
        [0, 1, 2],
      ],
    ],
    [
      "at the start",
      [0, 0, 1, 1],
      [
        [7, 8],
        [1, 0],
        [2, 3],
      ],
    ],
    [
      "in the middle",
      [1, 0, 0, 1],
      [
        [5, 8],
        [0, 0],
        [0, 3],
      ],
    ],
    [
      "nowhere",
      [1, 1, 1, 1],
      [
        [5, 6, 7, 8],
        [0, 1, 1, 0],
        [0, 1, 2, 3],
      ],
    ],
  ])("leave out what is masked %s; the rest keeps its position", (_, mask, row) => {
    const attention_mask = ints([mask, [1, 1, 1, 1]]);
    const token_type_ids = ints([
      [0, 1, 1, 0],
      [1, 1, 1, 1],
    ]);
    expect(rowsOf({ input_ids, attention_mask, token_type_ids })).toEqual([
      row,
      [
        [9, 10, 11, 12],
        [1, 1, 1, 1],
        [0, 1, 2, 3],
      ],
    ]);
  });

  it("may hold anything where they are masked", () => {
    const wild = ints([[5, 1000, -1, 6]]);
    const attention_mask = ints([[1, 0, 0, 1]]);
    expect(rowsOf({ input_ids: wild, attention_mask, token_type_ids: ints([[0, 9, -9, 1]]) })).toEqual([
      [
        [5, 6],
        [0, 1],
        [0, 3],
      ],
    ]);
  });

  it("may be padded beyond the model's positions", () => {
    const row = (value: number) => [1, 1, 1, ...Array<number>(17).fill(value)];
    const batch = readBatch({ input_ids: ints([row(4)]), attention_mask: ints([row(0)]) }, limits);
    expect([batch.length, batch.rows[0]?.ids.length]).toEqual([20, 3]);
  });

  it("may fill the model's positions, its vocabulary and its segments to the last", () => {
    const last = ints([Array<number>(12).fill(19)]);
    expect(readBatch({ input_ids: last, token_type_ids: ints([Array<number>(12).fill(1)]) }, limits).rows).toHaveLength(
      1,
    );
  });
});

describe("ragged feeds", () => {
  const input_ids = flat(5, 6, 7, 8, 9, 10);
  const row_starts = flat(0, 3, 4, 6);

  it("are rows without padding", () => {
    expect(readBatch({ input_ids, row_starts }, limits).length).toBeUndefined();
    expect(rowsOf({ input_ids, row_starts, token_type_ids: flat(0, 0, 1, 0, 0, 1) })).toEqual([
      [
        [5, 6, 7],
        [0, 0, 1],
        [0, 1, 2],
      ],
      [[8], [0], [0]],
      [
        [9, 10],
        [0, 1],
        [0, 1],
      ],
    ]);
  });

  it("have token type 0 when nothing else is said", () => {
    expect(rowsOf({ input_ids, row_starts }).map(([, types]) => types)).toEqual([[0, 0, 0], [0], [0, 0]]);
  });

  it("may be int64", () => {
    const longs = (...values: number[]) => new Tensor("int64", BigInt64Array.from(values, BigInt), [values.length]);
    expect(rowsOf({ input_ids: longs(5, 6, 7, 8, 9, 10), row_starts: longs(0, 3, 4, 6) })).toEqual(
      rowsOf({ input_ids, row_starts }),
    );
  });

  it("say the same as padded ones", () => {
    const padded = readBatch(
      {
        input_ids: int32([
          [5, 6, 7],
          [8, 9, 0],
        ]),
        attention_mask: int32([
          [1, 1, 1],
          [1, 1, 0],
        ]),
      },
      limits,
    );
    const ragged = readBatch({ input_ids: flat(5, 6, 7, 8, 9), row_starts: flat(0, 3, 5) }, limits);
    expect(ragged.rows).toEqual(padded.rows satisfies Batch["rows"]);
  });
});

describe("readBatch", () => {
  it("takes positions that are given, and else counts columns", () => {
    const input_ids = int32([[5, 6, 7]]);
    const attention_mask = int32([[1, 0, 1]]);
    const positions = (feeds: Feeds) => readBatch({ input_ids, attention_mask, ...feeds }, limits).rows[0]?.positions;
    expect(positions({ position_ids: int32([[4, 3, 2]]) })).toEqual(Int32Array.of(4, 2));
    expect(positions({})).toEqual(Int32Array.of(0, 2));
  });

  it("takes word vectors in place of ids, without those that are masked", () => {
    const inputs_embeds = vectors(1, 3, 16);
    const batch = readBatch({ inputs_embeds, attention_mask: int32([[1, 0, 1]]) }, limits);
    const all = inputs_embeds.data as Float32Array;
    expect(batch.vectors).toEqual(Float32Array.of(...all.subarray(0, 16), ...all.subarray(32)));
    expect(batch.rows[0]?.columns).toEqual(Int32Array.of(0, 2));
    const ragged = readBatch({ inputs_embeds: vectors(3, 16), row_starts: flat(0, 1, 3) }, limits);
    expect([ragged.vectors, ragged.rows.length]).toEqual([all, 2]);
  });
});

describe("the outputs that have a row a token", () => {
  const padded: Feeds = {
    input_ids: int32([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ]),
    attention_mask: int32([
      [1, 0, 1, 1],
      [0, 0, 1, 1],
    ]),
  };
  const ragged: Feeds = { input_ids: flat(1, 3, 4, 7, 8), row_starts: flat(0, 3, 5) };
  const rowsInOutputs = (feeds: Feeds) => {
    const { outputRows, tokenDims } = readBatch(feeds, limits);
    return [[...outputRows], tokenDims];
  };

  it("have one for each place in [batch, length], or for each ragged token", () => {
    expect(rowsInOutputs(padded)).toEqual([
      [0, 2, 3, 6, 7],
      [2, 4],
    ]);
    expect(rowsInOutputs(ragged)).toEqual([[0, 1, 2, 3, 4], [5]]);
  });

  it.each<[string, number[], number[], number[]]>([
    ["some", [7, 2], [4, 1], [-1, 1, -1, -1, 0]],
    ["all", [0, 2, 3, 6, 7], [0, 1, 2, 3, 4], [0, 1, 2, 3, 4]],
    ["none", [], [], [-1, -1, -1, -1, -1]],
  ])("have one for each that output_tokens names, in that order: %s", (_, inPadded, inRagged, places) => {
    expect(rowsInOutputs({ ...padded, output_tokens: flat(...inPadded) })).toEqual([places, [inPadded.length]]);
    expect(rowsInOutputs({ ...ragged, output_tokens: flat(...inRagged) })).toEqual([places, [inRagged.length]]);
  });

  it.each<[string, Feeds[string], string]>([
    ["a masked token", flat(0, 1), "output_tokens names 1, which is no unmasked token"],
    ["a token behind the end", flat(8), "output_tokens names 8, which"],
    ["a negative token", flat(-1), "output_tokens names -1, which"],
    ["a token twice", flat(2, 2), "output_tokens names a token twice"],
    ["tokens in two dimensions", int32([[0]]), "output_tokens has 2 dimensions where 1 are expected"],
    ["tokens of float32", new Tensor("float32", [0], [1]), "output_tokens is float32"],
  ])("refuse %s", (_, output_tokens, message) => refused({ ...padded, output_tokens }, message));
});

describe("readBatch refuses", () => {
  const input_ids = int32([[5, 6, 7]]);
  const ragged = flat(5, 6, 7);

  it.each<[string, Feeds, ...string[]]>([
    ["nothing", {}, "input input_ids is missing"],
    ["a mask alone", { attention_mask: input_ids }, "input input_ids is missing"],
    ["row_starts alone", { row_starts: flat(0, 1) }, "input input_ids is missing"],
    [
      "an unknown input",
      { input_ids, positions: input_ids },
      "there is no input positions",
      "position_ids",
      "row_starts",
    ],
    ["an input without a name", { input_ids, "": input_ids }, "there is no input"],
    ["ids in one dimension", { input_ids: ragged }, "input_ids has 1 dimensions where 2 are expected"],
    ["ids in three dimensions", { input_ids: new Tensor("int32", [1], [1, 1, 1]) }, "input_ids has 3 dimensions"],
    ["ids in no dimension", { input_ids: new Tensor("int32", [1], []) }, "input_ids has 0 dimensions"],
    ["no rows", { input_ids: new Tensor("int32", [], [0, 3]) }, "input_ids holds no rows"],
    ["rows of no tokens", { input_ids: new Tensor("int32", [], [2, 0]) }, "row 0 has no tokens"],
    [
      "a row that is masked altogether",
      { input_ids: int32([[5], [6]]), attention_mask: int32([[1], [0]]) },
      "row 1 has no tokens",
    ],
    ["ids of float32", { input_ids: new Tensor("float32", [1], [1, 1]) }, "input_ids is float32, not int32 or int64"],
    [
      "a mask of bool",
      { input_ids, attention_mask: new Tensor("bool", [true, true, true], [1, 3]) },
      "attention_mask is bool",
    ],
    [
      "a mask of another length",
      { input_ids, attention_mask: int32([[1, 1]]) },
      "attention_mask has shape [1, 2] where input_ids has [1, 3]",
    ],
    [
      "a mask of another form",
      { input_ids, attention_mask: flat(1, 1, 1) },
      "attention_mask has shape [3] where input_ids has [1, 3]",
    ],
    [
      "types of another shape",
      { input_ids, token_type_ids: int32([[0], [0], [0]]) },
      "token_type_ids has shape [3, 1]",
    ],
    [
      "a mask of 2",
      { input_ids, attention_mask: int32([[1, 2, 1]]) },
      "attention_mask holds values other than 0 and 1",
    ],
    [
      "a mask of −1",
      { input_ids, attention_mask: int32([[1, -1, 1]]) },
      "attention_mask holds values other than 0 and 1",
    ],
    ["an id beyond the vocabulary", { input_ids: int32([[1], [20]]) }, "row 1 holds token 20, the vocabulary has 20"],
    ["a negative id", { input_ids: int32([[1, -1]]) }, "row 0 holds token -1"],
    [
      "a type that the model has not",
      { input_ids, token_type_ids: int32([[0, 2, 0]]) },
      "row 0 holds token type 2, the model has 2",
    ],
    ["a negative position", { input_ids, position_ids: int32([[0, -1, 2]]) }, "row 0 has position -1"],
    [
      "a position beyond the table",
      { input_ids, position_ids: int32([[0, 12, 2]]) },
      "row 0 has position 12, the model has 12",
    ],
    [
      "ids beside word vectors",
      { input_ids, inputs_embeds: vectors(1, 3, 16) },
      "input_ids and inputs_embeds exclude each other",
    ],
    [
      "word vectors of another width",
      { inputs_embeds: vectors(1, 3, 15) },
      "float32 [1, 3, 15] where float32 [batch, length, 16] is expected",
    ],
    ["hidden states", { hidden_states: vectors(1, 3, 16) }, "there is no input hidden_states"],
    ["a negative type", { input_ids, token_type_ids: int32([[0, 0, -1]]) }, "row 0 holds token type -1"],
    [
      "an id that 32 bits would cut to a small one",
      { input_ids: longs(2n ** 32n + 1n) },
      "input_ids holds a value beyond 32 bits",
    ],
    [
      "a type beyond 32 bits",
      { input_ids: longs(1n), token_type_ids: longs(-(2n ** 40n)) },
      "token_type_ids holds a value beyond 32 bits",
    ],
    [
      "more tokens than positions",
      { input_ids: int32([Array<number>(13).fill(1)]) },
      "row 0 has 13 tokens, the model has 12 positions",
    ],
    [
      "a token behind the last position, with fewer before it",
      { input_ids: int32([Array<number>(13).fill(1)]), attention_mask: int32([[...Array<number>(12).fill(0), 1]]) },
      "row 0 has 13 tokens",
    ],
    [
      "ragged ids in two dimensions",
      { input_ids, row_starts: flat(0, 3) },
      "input_ids has 2 dimensions where 1 are expected",
    ],
    ["row_starts in two dimensions", { input_ids: ragged, row_starts: int32([[0, 3]]) }, "row_starts has 2 dimensions"],
    [
      "row_starts of float32",
      { input_ids: ragged, row_starts: new Tensor("float32", [0, 3], [2]) },
      "row_starts is float32",
    ],
    ["no row_starts", { input_ids: ragged, row_starts: flat() }, "row_starts must run from 0 to the 3 tokens"],
    [
      "row_starts that begin later",
      { input_ids: ragged, row_starts: flat(1, 3) },
      "row_starts must run from 0 to the 3 tokens",
    ],
    [
      "row_starts that end early",
      { input_ids: ragged, row_starts: flat(0, 2) },
      "row_starts must run from 0 to the 3 tokens",
    ],
    [
      "row_starts that end late",
      { input_ids: ragged, row_starts: flat(0, 4) },
      "row_starts must run from 0 to the 3 tokens",
    ],
    ["row_starts that fall", { input_ids: ragged, row_starts: flat(0, 2, 1, 3) }, "row_starts falls from 2 to 1"],
    ["row_starts that leave the ids", { input_ids: ragged, row_starts: flat(0, 9, 3) }, "row_starts falls from 9 to 3"],
    ["a negative row start", { input_ids: ragged, row_starts: flat(0, -1, 3) }, "row_starts falls from 0 to -1"],
    ["a ragged row of no tokens", { input_ids: ragged, row_starts: flat(0, 2, 2, 3) }, "row 1 has no tokens"],
    ["no ragged rows", { input_ids: flat(), row_starts: flat(0) }, "input_ids holds no rows"],
    [
      "ragged rows with a mask",
      { input_ids: ragged, row_starts: flat(0, 3), attention_mask: flat(1, 1, 1) },
      "row_starts and attention_mask exclude each other",
    ],
    [
      "ragged types of another length",
      { input_ids: ragged, row_starts: flat(0, 3), token_type_ids: flat(0) },
      "token_type_ids has shape [1] where input_ids has [3]",
    ],
    [
      "a ragged id beyond the vocabulary",
      { input_ids: flat(1, 20), row_starts: flat(0, 1, 2) },
      "row 1 holds token 20",
    ],
    [
      "a ragged row that is too long",
      { input_ids: flat(...Array<number>(13).fill(1)), row_starts: flat(0, 13) },
      "row 0 has 13 tokens",
    ],
  ])("%s", (_, feeds, ...parts) => refused(feeds, ...parts));
});

function vectors(...dims: number[]): Tensor {
  const size = dims.reduce((product, extent) => product * extent, 1);
  return new Tensor(
    "float32",
    Float32Array.from({ length: size }, (_, i) => i),
    dims,
  );
}

function longs(...values: bigint[]): Tensor {
  return new Tensor("int64", BigInt64Array.from(values), [1, values.length]);
}

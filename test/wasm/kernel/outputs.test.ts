// The outputs of a run: which names there are, how large each is, and where every computed row goes.
import { Tensor } from "onnxruntime-common";
import { describe, expect, it } from "vitest";
import { encoderSpec } from "../../../src/architectures/architectures.ts";
import { type Batch, batchLimits, readBatch } from "../../../src/wasm/batch.ts";
import {
  type Catalogue,
  needsAllTokens,
  Output,
  type OutputRequest,
  parseRequest,
} from "../../../src/wasm/kernel/outputs.ts";
import type { BoundOutput } from "../../../src/wasm/kernel/steps.ts";
import type { Feeds } from "../../../src/wasm/session.ts";
import { tinyConfig } from "../../builders.ts";
import { expectError } from "../../expect-error.ts";
import { int32 } from "../../goldens.ts";

// Two layers, H 16, two attention heads.
const encoder = encoderSpec(tinyConfig());
const bound = (name: string, pooling: BoundOutput["pooling"], size: number): BoundOutput => {
  return { name, pooling, width: 16, size, steps: [] };
};
const pooler = bound("pooler_output", ["cls"], 16);
const mood = bound("mood.logits", ["cls"], 2);
const entities = bound("entities.logits", undefined, 3);
const vector = bound("sentence_embedding", ["cls", "mean"], 32);
const catalogue: Catalogue = { encoder, outputs: [pooler, mood, entities, vector] };

const requests: [name: string, request: OutputRequest, allTokens: boolean][] = [
  ["last_hidden_state", { kind: "hidden", layer: 2 }, true],
  ["pooler_output", { kind: "steps", output: pooler }, false],
  ["mood.logits", { kind: "steps", output: mood }, false],
  ["entities.logits", { kind: "steps", output: entities }, true],
  ["sentence_embedding", { kind: "steps", output: vector }, true],
  ["pooled.cls", { kind: "steps", output: bound("pooled.cls", ["cls"], 16) }, false],
  ["pooled.max", { kind: "steps", output: bound("pooled.max", ["max"], 16) }, true],
  ["hidden_states.0", { kind: "hidden", layer: 0 }, false],
  ["hidden_states.1", { kind: "hidden", layer: 1 }, false],
  ["hidden_states.2", { kind: "hidden", layer: 2 }, true],
  ["attentions.0", { kind: "attention", layer: 0 }, false],
  ["attentions.1", { kind: "attention", layer: 1 }, true],
];

describe("parseRequest", () => {
  it.each(requests)("knows %s", (name, request) => {
    expect(parseRequest(name, catalogue)).toEqual(request);
  });

  it.each([
    "",
    "logits",
    "mood",
    "mood.",
    "mood.logits.0",
    "Mood.logits",
    "toString",
    "hidden_states",
    "hidden_states.",
    "hidden_states.3",
    "hidden_states.-1",
    "hidden_states.1.0",
    "hidden_states.1e0",
    "hidden_states.99999999999",
    "attentions.2",
    "pooled",
    "pooled.median",
    " attentions.1",
    "attentions.1 ",
  ])("does not know %j", (name) =>
    expectError(() => parseRequest(name, catalogue), "invalid_input", `the model has no output ${name}`),
  );

  it("knows no pooler_output of a model without a pooler", () =>
    expectError(
      () => parseRequest("pooler_output", { ...catalogue, outputs: [mood, vector] }),
      "invalid_input",
      "the model has no output pooler_output; it has last_hidden_state, mood.logits, sentence_embedding, hidden_states.0",
    ));
});

describe("needsAllTokens", () => {
  it.each(requests)("of %s", (_, request, allTokens) => {
    expect(needsAllTokens(request, encoder)).toBe(allTokens);
  });
});

/** Two rows in four columns; the mask leaves out the second column of the first and the first two of the second. */
const paddedFeeds = {
  input_ids: int32([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ]),
  attention_mask: int32([
    [1, 0, 1, 1],
    [0, 0, 1, 1],
  ]),
};
const padded = batchOf(paddedFeeds);
/** Rows of three tokens and of two. */
const ragged = batchOf({
  input_ids: new Tensor("int32", [1, 3, 4, 7, 8], [5]),
  row_starts: new Tensor("int32", [0, 3, 5], [3]),
});
/** Of the padded rows the last token, then the first row's third. */
const chosen = batchOf({ ...paddedFeeds, output_tokens: new Tensor("int32", [7, 2], [2]) });
const oneRow = batchOf({
  input_ids: new Tensor("int32", [1, 2, 3], [3]),
  row_starts: new Tensor("int32", [0, 3], [2]),
});

function batchOf(feeds: Feeds): Batch {
  return readBatch(feeds, batchLimits(encoder, "embeddings"));
}

function output(name: string, batch: Batch): Output {
  return new Output(name, parseRequest(name, catalogue), batch, encoder);
}

describe("the shape of", () => {
  it.each<[string, number[], number[], number[]]>([
    ["last_hidden_state", [2, 4, 16], [5, 16], [2, 16]],
    ["hidden_states.0", [2, 4, 16], [5, 16], [2, 16]],
    ["pooler_output", [2, 16], [2, 16], [2, 16]],
    ["mood.logits", [2, 2], [2, 2], [2, 2]],
    ["sentence_embedding", [2, 32], [2, 32], [2, 32]],
    ["entities.logits", [2, 4, 3], [5, 3], [2, 3]],
  ])("%s is %j, %j for ragged feeds, %j for two chosen tokens", (name, whenPadded, whenRagged, whenChosen) => {
    for (const [batch, dims] of [
      [padded, whenPadded],
      [ragged, whenRagged],
      [chosen, whenChosen],
    ] as const) {
      const { tensor, bytes } = output(name, batch);
      expect([tensor.type, tensor.dims]).toEqual(["float32", dims]);
      expect(bytes).toBe(4 * tensor.size);
    }
  });

  it("attentions is [batch, A, length, length]", () => {
    expect(output("attentions.0", padded).dims).toEqual([2, 2, 4, 4]);
    expect(output("attentions.0", oneRow).dims).toEqual([1, 2, 3, 3]);
  });

  it("attentions of several ragged rows is none", () =>
    expectError(() => output("attentions.0", ragged), "invalid_input", "attentions of several rows need padded feeds"));
});

/** `count` rows [count][ld] of `width` values 10·(first + i) + column, and −1 behind them. */
function rows(first: number, count: number, width: number, ld: number): Float32Array {
  return Float32Array.from({ length: count * ld }, (_, i) => {
    const column = i % ld;
    return column < width ? 10 * (first + Math.floor(i / ld)) + column : -1;
  });
}

describe("Output", () => {
  it("puts each token's row in its place and leaves zeros where the mask is", () => {
    const logits = output("entities.logits", padded);
    logits.putTokens(rows(1, 2, 3, 16), 16, [0, 1]);
    logits.putTokens(rows(3, 3, 3, 16), 16, [2, 3, 4]);
    const zeros = [0, 0, 0];
    expect([...(logits.tensor.data as Float32Array)]).toEqual(
      [[10, 11, 12], zeros, [20, 21, 22], [30, 31, 32], zeros, zeros, [40, 41, 42], [50, 51, 52]].flat(),
    );
  });

  it("puts ragged tokens one after the other", () => {
    const logits = output("entities.logits", ragged);
    logits.putTokens(rows(4, 2, 3, 4), 4, [3, 4]);
    logits.putTokens(rows(1, 3, 3, 4), 4, [0, 1, 2]);
    expect([...(logits.tensor.data as Float32Array)]).toEqual([
      10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52,
    ]);
  });

  it("puts the rows of chosen tokens alone, in the order in which they were named", () => {
    const logits = output("entities.logits", chosen);
    logits.putTokens(rows(1, 2, 3, 4), 4, [0, 1]);
    logits.putTokens(rows(3, 3, 3, 4), 4, [2, 3, 4]);
    expect([...(logits.tensor.data as Float32Array)]).toEqual([50, 51, 52, 20, 21, 22]);
  });

  it("puts one vector a row", () => {
    const logits = output("mood.logits", padded);
    logits.putRows(rows(2, 1, 2, 16), 16, 1, 1);
    logits.putRows(rows(1, 1, 2, 16), 16, 0, 1);
    expect([...(logits.tensor.data as Float32Array)]).toEqual([10, 11, 20, 21]);
  });

  it("puts attention between the columns that count, and zeros elsewhere", () => {
    const attentions = output("attentions.0", padded);
    // [A][S][S] of the first row, whose tokens stand in columns 0, 2 and 3, and of the second, in 2 and 3.
    attentions.putAttention(
      Float32Array.from({ length: 2 * 3 * 3 }, (_, i) => i + 1),
      0,
    );
    attentions.putAttention(
      Float32Array.from({ length: 2 * 2 * 2 }, (_, i) => 101 + i),
      1,
    );
    const none = [0, 0, 0, 0];
    expect([...(attentions.tensor.data as Float32Array)]).toEqual(
      [
        [[1, 0, 2, 3], none, [4, 0, 5, 6], [7, 0, 8, 9]],
        [[10, 0, 11, 12], none, [13, 0, 14, 15], [16, 0, 17, 18]],
        [none, none, [0, 0, 101, 102], [0, 0, 103, 104]],
        [none, none, [0, 0, 105, 106], [0, 0, 107, 108]],
      ].flat(2),
    );
  });

  it("puts attention of one ragged row as it is", () => {
    const attentions = output("attentions.1", oneRow);
    const probs = Float32Array.from({ length: 18 }, (_, i) => i);
    attentions.putAttention(probs, 0);
    expect(attentions.tensor.data).toEqual(probs);
  });

  it("is zeros when nothing was put", () => {
    expect([...(output("mood.logits", padded).tensor.data as Float32Array)]).toEqual([0, 0, 0, 0]);
  });
});

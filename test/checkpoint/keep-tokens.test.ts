// A checkpoint and a tokenizer with some of their tokens.
import { describe, expect, test } from "vitest";
import { keepTokens } from "../../src/checkpoint/resize.ts";
import { toFloat32 } from "../../src/safetensors.ts";
import { BertTokenizerFast } from "../../src/tokenizer/tokenizer.ts";
import { trimTokenizer } from "../../src/tokenizer/trim.ts";
import { randomHead, randomTensors, shapesOf, TINY, tinyConfig } from "../builders.ts";
import { expectError } from "../expect-error.ts";

const config = tinyConfig({ pad_token_id: 3 });
const checkpoint = {
  config,
  encoder: randomTensors(shapesOf(config, false)),
  heads: [randomHead("BertForMaskedLM", config)],
};

describe("keepTokens", () => {
  test("takes the rows of the tokens that are kept, everywhere that has one per token", () => {
    const ids = [0, 3, 7, 19];
    const kept = keepTokens(checkpoint, ids);
    expect([kept.config.vocab_size, kept.config.pad_token_id]).toEqual([4, 1]);
    const rows = (tensors: typeof checkpoint.encoder, name: string, width: number) =>
      Array.from(toFloat32(tensors.get(name)!).subarray(0)).flatMap((_, i, all) =>
        i % width === 0 ? [all.slice(i, i + width)] : [],
      );
    const words = "embeddings.word_embeddings.weight";
    const [before, after] = [checkpoint, kept].map(({ encoder }) => rows(encoder, words, TINY.hidden_size));
    expect(after).toEqual(ids.map((id) => before![id]));
    const bias = "cls.predictions.bias";
    const [old, own] = [checkpoint, kept].map(({ heads }) => toFloat32(heads[0]!.tensors.get(bias)!));
    expect([...own!]).toEqual(ids.map((id) => old![id]));
    expect(kept.heads[0]!.spec.outputs[0]!.steps.at(-1)).toMatchObject({ size: 4 });
  });

  test.each([
    ["no tokens", [], "at least one token"],
    ["a token that there is not", [0, 3, 20], "there is no token 20; there are 20"],
    ["a token that the configuration names left out", [0, 1], "pad_token_id is 3, which is left out"],
  ])("refuses %s", (_what, ids, message) => expectError(() => keepTokens(checkpoint, ids), "invalid_input", message));
});

describe("trimTokenizer", () => {
  const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "i", "love", "hate", "##s"];
  const tokenizer = BertTokenizerFast.fromVocabulary(words.join("\n"));

  test("gives the tokens that are kept new ids, in their order", async () => {
    const small = await trimTokenizer(tokenizer, [0, 1, 2, 3, 4, 5, 6, 8]);
    expect(small.encode("I love")).toEqual([2, 5, 6, 3]);
    expect(small.encode("I hate")).toEqual([2, 5, 1, 3]);
    expect(small.tokenize("loves")).toEqual(["love", "##s"]);
  });

  test.each([
    ["ids out of order", [1, 0, 2, 3, 4], "in ascending order"],
    ["an added token left out", [0, 1, 2, 3, 5], "[MASK] is an added token"],
  ])("refuses %s", (_what, ids, message) => expectError(() => trimTokenizer(tokenizer, ids), "invalid_input", message));
});

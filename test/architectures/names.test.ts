// Names of tensors: what differs between checkpoints of one model.
import { describe, expect, it } from "vitest";
import { BERT } from "../../src/architectures/bert.ts";
import { canonicalName, canonicalNames } from "../../src/architectures/names.ts";

describe("canonicalName", () => {
  it.each([
    ["embeddings.word_embeddings.weight", "embeddings.word_embeddings.weight"],
    ["bert.embeddings.word_embeddings.weight", "embeddings.word_embeddings.weight"],
    ["bert.pooler.dense.bias", "pooler.dense.bias"],
    ["bert.embeddings.LayerNorm.gamma", "embeddings.LayerNorm.weight"],
    ["bert.embeddings.LayerNorm.beta", "embeddings.LayerNorm.bias"],
    ["encoder.layer.0.output.LayerNorm.gamma", "encoder.layer.0.output.LayerNorm.weight"],
    ["cls.predictions.transform.LayerNorm.beta", "cls.predictions.transform.LayerNorm.bias"],
    ["bert.encoder.layer.11.attention.self.query.weight", "encoder.layer.11.attention.self.query.weight"],
    ["classifier.weight", "classifier.weight"],
    ["cls.predictions.bias", "cls.predictions.bias"],
    ["my.bert.weight", "my.bert.weight"],
    ["gamma", "gamma"],
  ])("%s is %s", (name, canonical) => {
    expect(canonicalName(name, BERT.names)).toBe(canonical);
  });

  it.each([
    "embeddings.position_ids",
    "bert.embeddings.position_ids",
    "embeddings.token_type_ids",
    "bert.embeddings.token_type_ids",
  ])("%s holds no weights", (name) => {
    expect(canonicalName(name, BERT.names)).toBeUndefined();
  });
});

it("canonicalNames renames tensors, keeps their order and drops what holds no weights", () => {
  const tensors = new Map([
    ["bert.embeddings.position_ids", 0],
    ["bert.pooler.dense.weight", 1],
    ["classifier.bias", 2],
    ["bert.embeddings.LayerNorm.gamma", 3],
  ]);
  expect([...canonicalNames(tensors, BERT.names)]).toEqual([
    ["pooler.dense.weight", 1],
    ["classifier.bias", 2],
    ["embeddings.LayerNorm.weight", 3],
  ]);
});

// Names of tensors: what differs between checkpoints of one model, and what a config asks for.
import { describe, expect, it } from "vitest";
import { canonicalName, canonicalNames, encoderShapes } from "../../src/architectures/names.ts";
import { tinyConfig } from "../builders.ts";

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
    expect(canonicalName(name)).toBe(canonical);
  });

  it.each([
    "embeddings.position_ids",
    "bert.embeddings.position_ids",
    "embeddings.token_type_ids",
    "bert.embeddings.token_type_ids",
  ])("%s holds no weights", (name) => {
    expect(canonicalName(name)).toBeUndefined();
  });
});

it("canonicalNames renames tensors, keeps their order and drops what holds no weights", () => {
  const tensors = new Map([
    ["bert.embeddings.position_ids", 0],
    ["bert.pooler.dense.weight", 1],
    ["classifier.bias", 2],
    ["bert.embeddings.LayerNorm.gamma", 3],
  ]);
  expect([...canonicalNames(tensors)]).toEqual([
    ["pooler.dense.weight", 1],
    ["classifier.bias", 2],
    ["embeddings.LayerNorm.weight", 3],
  ]);
});

describe("encoderShapes", () => {
  const layer = {
    "attention.self.query.weight": [16, 16],
    "attention.self.query.bias": [16],
    "attention.self.key.weight": [16, 16],
    "attention.self.key.bias": [16],
    "attention.self.value.weight": [16, 16],
    "attention.self.value.bias": [16],
    "attention.output.dense.weight": [16, 16],
    "attention.output.dense.bias": [16],
    "attention.output.LayerNorm.weight": [16],
    "attention.output.LayerNorm.bias": [16],
    "intermediate.dense.weight": [32, 16],
    "intermediate.dense.bias": [32],
    "output.dense.weight": [16, 32],
    "output.dense.bias": [16],
    "output.LayerNorm.weight": [16],
    "output.LayerNorm.bias": [16],
  };
  const inLayer = (n: number) => Object.entries(layer).map(([name, shape]) => [`encoder.layer.${n}.${name}`, shape]);
  const encoder = Object.fromEntries([
    ["embeddings.word_embeddings.weight", [20, 16]],
    ["embeddings.position_embeddings.weight", [12, 16]],
    ["embeddings.token_type_embeddings.weight", [2, 16]],
    ["embeddings.LayerNorm.weight", [16]],
    ["embeddings.LayerNorm.bias", [16]],
    ...inLayer(0),
    ...inLayer(1),
  ]);

  it("names every tensor of the encoder with [outputs, inputs]", () => {
    expect(Object.fromEntries(encoderShapes(tinyConfig(), false))).toEqual(encoder);
  });

  it("has the pooler when asked for", () => {
    const pooler = { "pooler.dense.weight": [16, 16], "pooler.dense.bias": [16] };
    expect(Object.fromEntries(encoderShapes(tinyConfig(), true))).toEqual({ ...encoder, ...pooler });
  });
});

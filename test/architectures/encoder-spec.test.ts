// The encoder as data: what is derived from its spec.
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { encoderSpec } from "../../src/architectures/architectures.ts";
import { encoderSpecSchema, layerAt, qkvName, tableLimit } from "../../src/architectures/encoder-spec.ts";
import { shapesOf, tinyConfig } from "../builders.ts";

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
    expect(Object.fromEntries(shapesOf(tinyConfig(), false))).toEqual(encoder);
  });

  it("has the tensors of its own outputs after them", () => {
    const pooler = { "pooler.dense.weight": [16, 16], "pooler.dense.bias": [16] };
    expect(Object.fromEntries(shapesOf(tinyConfig(), true))).toEqual({ ...encoder, ...pooler });
  });
});

describe("the spec of BERT", () => {
  const spec = encoderSpec(tinyConfig());

  it("can be written in a packed file and read back", () => {
    expect(v.parse(encoderSpecSchema, JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it("names the parts of a layer, and the one matrix of query, key and value", () => {
    const layer = layerAt(spec, 1);
    expect(layer.up).toEqual({ name: "encoder.layer.1.intermediate.dense", N: 32, K: 16 });
    expect(layer.outputNorm).toBe("encoder.layer.1.output.LayerNorm");
    expect(qkvName(layer)).toBe("encoder.layer.1.attention.self.qkv");
  });

  it("limits ids, positions and types to the rows of its tables, less their offset", () => {
    const limits = (["ids", "positions", "types"] as const).map((index) => tableLimit(spec, index));
    expect(limits).toEqual([20, 12, 2]);
    const embeddings = spec.embeddings.map((table) => ({ ...table, offset: table.index === "positions" ? 2 : 0 }));
    expect(tableLimit({ ...spec, embeddings }, "positions")).toBe(10);
  });

  it("is causal for a decoder", () => {
    expect([spec.causal, encoderSpec(tinyConfig({ is_decoder: true })).causal]).toEqual([false, true]);
  });

  it.each([
    ["an unknown key", { dropout: 0.1 }],
    ["no tables", { embeddings: [] }],
    ["too many layers", { layers: { ...spec.layers, count: 1025 } }],
    ["an unknown activation", { layers: { ...spec.layers, activation: "x" } }],
    ["an epsilon of 0", { epsilon: 0 }],
  ])("is refused with %s", (_, changes) => {
    expect(v.safeParse(encoderSpecSchema, { ...spec, ...changes }).success).toBe(false);
  });
});

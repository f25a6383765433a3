// toOnnx against the reference: each golden checkpoint exported, run by ONNX Runtime and compared with what the reference computed.

import { describe, expect, it } from "vitest";
import { ACTIVATIONS } from "../../src/architectures/activations.ts";
import { encoderSpec } from "../../src/architectures/architectures.ts";
import { BertConfig } from "../../src/architectures/config.ts";
import type { DenseStep, HeadOutput, HeadStep } from "../../src/architectures/head-spec.ts";
import { BertletError } from "../../src/errors.ts";
import { toOnnx } from "../../src/onnx/to-onnx.ts";
import { Tensor } from "../../src/tensor.ts";
import { Activation } from "../../src/wasm/kernels/abi.ts";
import { activate } from "../../src/wasm/kernels/reference/activation.ts";
import { OrtSession } from "../../src/wasm/ort/session.ts";
import { readFixture, readJsonFixture } from "../fixtures.ts";
import { f32Tensors } from "./fixtures.ts";

type Nested = number | readonly Nested[];
type Inputs = Record<string, number[][]>;
interface Goldens {
  readonly tolerance: number;
  readonly cases: readonly { name: string; inputs: Inputs; outputs: Record<string, Nested> }[];
}

const dense = (size: number, weight: string, bias = `${weight}.bias`): DenseStep => {
  return { op: "dense", weight, bias, size, activation: "none" };
};
const pooled = (size: number, weight = "classifier"): HeadOutput => {
  return {
    name: "logits",
    from: "cls",
    steps: [{ ...dense(32, "pooler.dense"), activation: "tanh" }, dense(size, weight)],
  };
};
const tokens = (...steps: HeadStep[]): HeadOutput => ({ name: "logits", from: "token", steps });
const languageModel = (H: number, V: number, decoder = "embeddings.word_embeddings"): HeadOutput => {
  return tokens(
    { ...dense(H, "cls.predictions.transform.dense"), activation: "gelu" },
    { op: "layernorm", weight: "cls.predictions.transform.LayerNorm" },
    dense(V, decoder, "cls.predictions.bias"),
  );
};

/** Golden checkpoints and the heads they end in; those that are not in the repository are left out. */
const checkpoints: Record<string, readonly HeadOutput[]> = {
  "bert-model": [],
  "bert-model-odd": [],
  "bert-model-gelu_new": [],
  "bert-model-relu": [],
  "bert-model-silu": [],
  "bert-model-no-pooler": [],
  "sequence-classification": [pooled(3)],
  "sequence-classification-multilabel": [pooled(3)],
  "sequence-classification-odd": [pooled(3)],
  "sequence-classification-regression": [pooled(1)],
  "token-classification": [tokens(dense(5, "classifier"))],
  "token-classification-odd": [tokens(dense(5, "classifier"))],
  "next-sentence": [pooled(2, "cls.seq_relationship")],
  "masked-lm": [languageModel(32, 400)],
  "masked-lm-odd": [languageModel(36, 301)],
  "masked-lm-untied": [languageModel(32, 400, "cls.predictions.decoder")],
  "causal-lm": [languageModel(32, 400)],
};

for (const [folder, heads] of Object.entries(checkpoints)) {
  const checkpoint = await load(folder);
  if (!checkpoint) {
    it.todo(`${folder}: no goldens in the repository yet`);
    continue;
  }
  const { spec, tensors, goldens } = checkpoint;
  describe(folder, () => {
    it("agrees with the reference in f32", async () => {
      const options = { heads, hiddenStates: true, attentions: true };
      const session = await OrtSession.create(toOnnx(spec, tensors, options));
      for (const { inputs, outputs } of goldens.cases) {
        const actual = await session.run(feeds(inputs));
        for (const [name, expected] of golden(outputs)) {
          expect(worst(actual[name]!, expected, inputs), name).toBeLessThan(goldens.tolerance);
        }
      }
      await session.release();
    });

    it("comes close in int8", async () => {
      const session = await OrtSession.create(toOnnx(spec, tensors, { heads, quantize: "int8" }));
      for (const { inputs, outputs } of goldens.cases) {
        const { last_hidden_state, pooler_output, logits } = outputs;
        const actual = await session.run(feeds(inputs));
        for (const [name, expected] of golden({ last_hidden_state, pooler_output, logits })) {
          expect(cosine(actual[name]!, expected, inputs), name).toBeGreaterThan(0.99);
        }
      }
      await session.release();
    });
  });
}

describe("an exported head", async () => {
  const { spec, tensors } = (await load("token-classification"))!;

  it.each(ACTIVATIONS)("applies %s as the kernels define it", async (activation) => {
    // Logits from below −6 to above 10, so that every branch of an activation is taken.
    const weight = tensors.get("classifier.weight")!;
    const signs = (i: number) => (Math.floor(i / 32) % 2 === 0 ? 1 : -1);
    const scaled = new Map(tensors).set("classifier.weight", {
      ...weight,
      data: weight.data.map((w, i) => 75 * signs(i) * w),
    });
    const head = (name: string, step: DenseStep): HeadOutput => ({ name, from: "token", steps: [step] });
    const heads = [head("x", dense(5, "classifier")), head("y", { ...dense(5, "classifier"), activation })];
    const session = await OrtSession.create(toOnnx(spec, scaled, { heads }));
    const { x, y } = await session.run(feeds({ input_ids: [[2, 5, 6, 7, 8, 9, 10, 3]] }), ["x", "y"]);
    const numbers = Array.from(x!.data as Float32Array);
    expect(Math.min(...numbers)).toBeLessThan(-6);
    expect(Math.max(...numbers)).toBeGreaterThan(10);
    numbers.forEach((value, i) => {
      const expected = activate(value, Activation[activation]);
      expect(Math.abs(Number(y!.data[i]) - expected)).toBeLessThan(2e-6 * Math.max(1, Math.abs(value), expected));
    });
    await session.release();
  });
});

describe("toOnnx", async () => {
  const { spec, tensors } = (await load("bert-model-no-pooler"))!;

  it("names the tensor that a checkpoint lacks", () => {
    const fewer = new Map(tensors);
    fewer.delete("encoder.layer.1.output.dense.bias");
    const expected = new BertletError("invalid_checkpoint", "the checkpoint has no encoder.layer.1.output.dense.bias");
    expect(() => toOnnx(spec, fewer)).toThrow(expected);
  });

  it("refuses a matrix that is none", () => {
    const name = "encoder.layer.0.output.dense.weight";
    const flat = new Map(tensors).set(name, { shape: [64], data: new Float32Array(64) });
    expect(() => toOnnx(spec, flat)).toThrow(`${name} is [64]; a matrix is needed`);
  });

  it("refuses a head on a pooler that is not there", () => {
    expect(() => toOnnx(spec, tensors, { heads: [pooled(3)] })).toThrow("the checkpoint has no pooler.dense.weight");
  });

  it("names only the outputs asked for", async () => {
    const session = await OrtSession.create(toOnnx(spec, tensors, { attentions: true }));
    expect(session.inputNames).toEqual(["input_ids", "attention_mask", "token_type_ids"]);
    expect(session.outputNames).toEqual(["last_hidden_state", "attentions.0", "attentions.1"]);
    await session.release();
  });
});

async function load(folder: string) {
  const at = `test/goldens/torch/${folder}`;
  const file = await readFixture(`${at}/model.safetensors`);
  if (!file) return undefined;
  const tensors = f32Tensors(file);
  const spec = encoderSpec(BertConfig.fromJSON(await readJsonFixture(`${at}/config.json`)));
  return {
    tensors,
    spec: tensors.has("pooler.dense.weight") ? spec : { ...spec, outputs: [] },
    goldens: await readJsonFixture<Goldens>(`${at}/cases.json`),
  };
}

function feeds(inputs: Inputs): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, rows]) => {
      const data = Int32Array.from(rows.flat());
      return [name, new Tensor("int32", data, [rows.length, data.length / rows.length])];
    }),
  );
}

/** The outputs by their names in the graph: hidden_states and attentions are one list in the goldens, an output a layer in the graph. */
function golden(outputs: Readonly<Record<string, Nested | undefined>>): [name: string, expected: Nested][] {
  return Object.entries(outputs).flatMap(([name, expected]): [string, Nested][] => {
    if (expected === undefined) return [];
    if (!Array.isArray(expected) || (name !== "hidden_states" && name !== "attentions")) return [[name, expected]];
    return expected.map((layer: Nested, n) => [`${name}.${n}`, layer]);
  });
}

/** Pairs of actual and expected numbers, without those of padded tokens. */
function* pairs(actual: Tensor, expected: Nested, { input_ids, attention_mask }: Inputs): Generator<[number, number]> {
  const flat = flatten(expected);
  expect(actual.data.length).toBe(flat.length);
  const length = input_ids![0]!.length;
  // The axis of tokens: [B, S, …], or [B, A, S, S] for attentions; none in [B, …].
  const { dims } = actual;
  const axis = dims.length === 4 ? 2 : dims.length === 3 ? 1 : undefined;
  const stride = dims.slice(axis === undefined ? 0 : axis + 1).reduce((a, b) => a * b, 1);
  const text = dims.slice(1).reduce((a, b) => a * b, 1);
  for (const [index, value] of flat.entries()) {
    const token = Math.floor(index / stride) % length;
    const row = Math.floor(index / text);
    if (axis !== undefined && attention_mask?.[row]?.[token] === 0) continue;
    yield [Number(actual.data[index]), value];
  }
}

function flatten(nested: Nested): number[] {
  return typeof nested === "number" ? [nested] : nested.flatMap(flatten);
}

/** The greatest difference, relative where the value is above 1. */
function worst(actual: Tensor, expected: Nested, inputs: Inputs): number {
  let most = 0;
  for (const [a, b] of pairs(actual, expected, inputs)) {
    most = Math.max(most, Math.abs(a - b) / Math.max(1, Math.abs(b)));
  }
  return most;
}

function cosine(actual: Tensor, expected: Nested, inputs: Inputs): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (const [a, b] of pairs(actual, expected, inputs)) {
    ab += a * b;
    aa += a * a;
    bb += b * b;
  }
  return ab / Math.sqrt(aa * bb);
}

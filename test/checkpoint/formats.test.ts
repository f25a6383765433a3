// Which file is read, what an index may say, and what the frameworks call a tensor.
import { describe, expect, it } from "vitest";
import { BERT } from "../../src/architectures/bert.ts";
import { fromFramework } from "../../src/architectures/names.ts";
import { findWeights, readWeights, SAFETENSORS } from "../../src/checkpoint/formats.ts";
import { FLAX, PYTORCH, TENSORFLOW } from "../../src/checkpoint/frameworks.ts";
import { readSafetensors, toFloat32, writeSafetensors } from "../../src/safetensors.ts";
import { openSource } from "../../src/source/source.ts";
import { f32 } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { readFixture } from "../fixtures.ts";

const ALL = [SAFETENSORS, PYTORCH, TENSORFLOW, FLAX];
const encode = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));

describe("findWeights", () => {
  const order = [
    "model.safetensors",
    "model.safetensors.index.json",
    "pytorch_model.bin",
    "pytorch_model.bin.index.json",
    "tf_model.h5",
    "tf_model.h5.index.json",
    "flax_model.msgpack",
    "flax_model.msgpack.index.json",
  ];
  it.each(order.map((file, index) => [file, index] as const))(
    "takes %s where nothing before it is there",
    (file, index) => {
      const names = [...order.slice(index), "config.json"].reverse();
      expect(findWeights(names, ALL)?.file).toBe(file);
    },
  );

  it("takes a family's own file first", () => {
    expect(findWeights(order, [FLAX, ...ALL])?.file).toBe("flax_model.msgpack");
  });
});

describe("readWeights", () => {
  it("tells what is missing", async () => {
    const source = await openSource({ "config.json": encode({}) });
    await expectError(
      () => readWeights(source, ALL, BERT.names),
      "not_found",
      "model.safetensors is missing",
      "flax_model.msgpack",
    );
  });

  it("tells of files that it may not read", async () => {
    const source = await openSource({ "pytorch_model.bin": new Uint8Array(3) });
    const parts = ["pytorch_model.bin is there", "only model.safetensors is read here"];
    await expectError(() => readWeights(source, [SAFETENSORS], BERT.names), "unsupported", ...parts);
  });
});

describe("an index", () => {
  const shard = (...names: string[]) => writeSafetensors(new Map(names.map((name) => [name, f32([1], [1])])), {});
  const read = async (index: unknown, files: Record<string, Uint8Array> = {}) => {
    const source = await openSource({ "model.safetensors.index.json": encode(index), ...files });
    return readWeights(source, [SAFETENSORS], BERT.names);
  };

  it("takes each tensor from the file it names", async () => {
    const files = { "a.safetensors": shard("x", "y", "left out"), "b.safetensors": shard("z", "y") };
    const tensors = await read({ weight_map: { x: "a.safetensors", z: "b.safetensors" } }, files);
    expect([...tensors.keys()]).toEqual(["x", "z"]);
  });

  it("tells of every tensor that is not where it says", () => {
    const weightMap = { x: "a.safetensors", y: "a.safetensors", z: "b.safetensors" };
    const files = { "a.safetensors": shard("x"), "b.safetensors": shard() };
    const parts = ["y is not in a.safetensors", "z is not in b.safetensors"];
    return expectError(() => read({ weight_map: weightMap }, files), "invalid_checkpoint", ...parts);
  });

  it("misses a shard", () =>
    expectError(() => read({ weight_map: { x: "a.safetensors" } }), "not_found", "a.safetensors is missing"));

  it.each([{}, [], null, { weight_map: { x: 1 } }, { weight_map: { x: "../secret" } }, { weight_map: { x: "/a" } }])(
    "is refused: %j",
    (index) => expectError(() => read(index), "invalid_checkpoint", "model.safetensors.index.json"),
  );

  it("may be of pickles", async () => {
    const bin = (await readFixture("test/goldens/torch/masked-lm-untied/pytorch_model.bin"))!;
    const { tensors } = readSafetensors((await readFixture("test/goldens/torch/masked-lm-untied/model.safetensors"))!);
    const names = [...tensors.keys()];
    const weightMap = Object.fromEntries(names.map((name, index) => [name, index % 2 ? "one.bin" : "two.bin"]));
    const index = encode({ weight_map: weightMap });
    const source = await openSource({ "pytorch_model.bin.index.json": index, "one.bin": bin, "two.bin": bin });
    const found = await readWeights(source, [PYTORCH], BERT.names);
    for (const [name, tensor] of tensors) expect(found.get(name), name).toEqual(tensor);
  });
});

describe("names", () => {
  const rename = (name: string, table: typeof BERT.names.flax) =>
    [...fromFramework(new Map([[name, f32([1], [1])]]), table).keys()][0];

  it.each([
    ["bert/tf_bert_model/bert/embeddings/word_embeddings/weight:0", "embeddings.word_embeddings.weight"],
    ["bert/tf_bert_model/bert/embeddings/position_embeddings/embeddings:0", "embeddings.position_embeddings.weight"],
    [
      "bert/tf_bert_model_1/bert/encoder/layer_._11/output/LayerNorm/gamma:0",
      "encoder.layer.11.output.LayerNorm.weight",
    ],
    ["bert/bert/pooler/dense/bias:0", "pooler.dense.bias"],
    ["mlm___cls/tf_bert_for_pre_training/bert/embeddings/LayerNorm/beta:0", "embeddings.LayerNorm.bias"],
    ["mlm___cls/tf_bert_for_masked_lm/mlm___cls/predictions/bias:0", "cls.predictions.bias"],
    ["mlm___cls/tf_bert/mlm___cls/predictions/transform/dense/kernel:0", "cls.predictions.transform.dense.weight"],
    ["nsp___cls/tf_bert/nsp___cls/seq_relationship/kernel:0", "cls.seq_relationship.weight"],
    ["classifier/tf_bert_for_token_classification/classifier/kernel:0", "classifier.weight"],
    ["qa_outputs/tf_bert_for_question_answering/qa_outputs/bias:0", "qa_outputs.bias"],
  ])("TensorFlow's %s is %s", (name, expected) => {
    expect(rename(name, BERT.names.tensorflow)).toBe(expected);
  });

  it.each([
    ["bert/embeddings/word_embeddings/embedding", "bert.embeddings.word_embeddings.weight"],
    ["params/bert/encoder/layer/3/attention/self/query/kernel", "bert.encoder.layer.3.attention.self.query.weight"],
    ["encoder/layer/0/output/LayerNorm/scale", "encoder.layer.0.output.LayerNorm.weight"],
    ["cls/predictions/decoder/kernel", "cls.predictions.decoder.weight"],
    ["cls/predictions/bias", "cls.predictions.bias"],
  ])("Flax's %s is %s", (name, expected) => {
    expect(rename(name, BERT.names.flax)).toBe(expected);
  });

  it("that become one stand for the first tensor", () => {
    const [first, second] = [f32([1], [1]), f32([1], [2])];
    const tensors = new Map([
      ["bert/tf_bert/bert/pooler/dense/bias:0", first],
      ["mlm___cls/tf_bert/bert/pooler/dense/bias:0", second],
    ]);
    expect([...fromFramework(tensors, BERT.names.tensorflow)]).toEqual([["pooler.dense.bias", first]]);
  });

  it("kernels are turned, and nothing else is", () => {
    const matrix = f32([2, 3], [1, 2, 3, 4, 5, 6]);
    const tensors = fromFramework(
      new Map([
        ["a/kernel", matrix],
        ["b/embedding", matrix],
      ]),
      BERT.names.flax,
    );
    expect(tensors.get("a.weight")?.shape).toEqual([3, 2]);
    expect([...toFloat32(tensors.get("a.weight")!)]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(tensors.get("b.weight")).toBe(matrix);
  });
});

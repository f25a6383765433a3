// The relatives of BERT beside their goldens (goldens.test.ts): quantised, dispatched, saved, exported, and what they refuse.
import { describe, expect, test } from "vitest";
import { longestRow } from "../../src/architectures/architectures.ts";
import { BertConfig } from "../../src/architectures/config.ts";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import * as albert from "../../src/models/albert.ts";
import { AutoModel, AutoModelForMaskedLM, AutoModelForSequenceClassification } from "../../src/models/auto.ts";
import {
  DistilBertForMaskedLM,
  DistilBertForSequenceClassification,
  DistilBertModel,
} from "../../src/models/distilbert.ts";
import * as electra from "../../src/models/electra.ts";
import * as mpnet from "../../src/models/mpnet.ts";
import {
  CamembertForMaskedLM,
  RobertaForMaskedLM,
  XLMRobertaForSequenceClassification,
} from "../../src/models/roberta.ts";
import { openSource } from "../../src/source/source.ts";
import { expectError } from "../expect-error.ts";
import { readGolden, values } from "../goldens.ts";

const filesOf = async (name: string) => (await readGolden(`relatives/${name}`)).files;
const IDS = { input_ids: [[5, 60, 7, 81, 9]] };

describe.each([
  ["distilbert-sequence-classification", DistilBertForSequenceClassification],
  ["distilbert-masked-lm", DistilBertForMaskedLM],
  ["roberta-masked-lm", RobertaForMaskedLM],
  ["camembert-masked-lm", CamembertForMaskedLM],
  ["xlm-roberta-sequence-classification", XLMRobertaForSequenceClassification],
  ["albert-masked-lm", albert.AlbertForMaskedLM],
  ["albert-sequence-classification", albert.AlbertForSequenceClassification],
  ["electra-masked-lm", electra.ElectraForMaskedLM],
  ["electra-sequence-classification", electra.ElectraForSequenceClassification],
  ["mpnet-masked-lm", mpnet.MPNetForMaskedLM],
  ["mpnet-sequence-classification", mpnet.MPNetForSequenceClassification],
])("%s", (name, Model) => {
  test("is of the class that its configuration names", async () => {
    const files = await filesOf(name);
    const [any, own] = [
      await AutoModel.fromPretrained(files),
      name.endsWith("lm") ? AutoModelForMaskedLM : AutoModelForSequenceClassification,
    ];
    const one = await own.fromPretrained(files);
    expect([any.constructor, one.constructor]).toEqual([Model, Model]);
    await any.release();
    await one.release();
  });

  test.each(["int8", "int4"] as const)("answers in %s much as in f32", async (quantization) => {
    const files = await filesOf(name);
    const exact = await AutoModel.fromPretrained(files);
    const packed = await packCheckpoint(await openSource(files), { quantization });
    const small = await AutoModel.fromPretrained(packed);
    const outputs = await Promise.all(
      [exact, small].map(async (model) => Object.values(await (model as RobertaForMaskedLM).forward(IDS))[0]!),
    );
    const [wanted, found] = outputs.map((tensor) => Float32Array.from(values(tensor)));
    expect(cosine(found!, wanted!)).toBeGreaterThan(quantization === "int8" ? 0.99 : 0.9);
    await exact.release();
    await small.release();
  });

  test("is saved with its own names, and read back the same", async () => {
    const model = await AutoModel.fromPretrained(await filesOf(name));
    const again = await AutoModel.fromPretrained(model.toFiles());
    const [first, second] = await Promise.all(
      [model, again].map(async (one) => values(Object.values(await (one as RobertaForMaskedLM).forward(IDS))[0]!)),
    );
    expect(Array.from(second!)).toEqual(Array.from(first!));
    await model.release();
    await again.release();
  });
});

test("DistilBERT's configuration has its own keys and defaults", () => {
  const config = BertConfig.fromJSON({ model_type: "distilbert", dim: 64, n_heads: 4 });
  expect([config.hidden_size, config.num_attention_heads, config.num_hidden_layers]).toEqual([64, 4, 6]);
  expect(config.toJSON()).toMatchObject({
    model_type: "distilbert",
    dim: 64,
    n_heads: 4,
    n_layers: 6,
    hidden_dim: 3072,
  });
  expect(config.toJSON()).not.toHaveProperty("hidden_size");
});

test("DistilBERT has no token types, and says so", async () => {
  const model = await DistilBertModel.fromPretrained(await filesOf("distilbert-model"));
  await expectError(
    () => model.forward({ ...IDS, token_type_ids: [[0, 0, 0, 1, 1]] }),
    "invalid_input",
    "no token types",
  );
  await model.release();
});

test("DistilBERT reads texts and pairs with BERT's tokenizer", async () => {
  const words = Array.from({ length: 295 }, (_, index) => `w${index}`);
  const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...words].join("\n");
  const files = {
    ...(await filesOf("distilbert-sequence-classification")),
    "vocab.txt": new TextEncoder().encode(vocabulary),
  };
  const model = await DistilBertForSequenceClassification.fromPretrained(files);
  const [text, pair] = await model.classify(["w1 w2", ["w1", "w2"]], { topK: null });
  expect(text!.map(({ label }) => label).toSorted()).toEqual(["neg", "neutral", "pos"]);
  expect(pair).not.toEqual(text);
  await model.release();
});

test("RoBERTa's positions begin behind the padding's, so that rows are two tokens shorter than its table", async () => {
  const { files } = await readGolden("relatives/roberta-model");
  const config = BertConfig.fromJSON(JSON.parse(new TextDecoder().decode(files["config.json"])));
  expect([config.max_position_embeddings, longestRow(config)]).toEqual([40, 38]);
  const model = await AutoModel.fromPretrained(files);
  const row = (length: number) => ({ input_ids: [Array<number>(length).fill(5)] });
  await (model as DistilBertModel).forward(row(38));
  await expectError(() => (model as DistilBertModel).forward(row(39)), "invalid_input", "38 positions");
  await model.release();
});

test("a class of another family is refused", async () => {
  const files = await filesOf("distilbert-masked-lm");
  await expectError(() => RobertaForMaskedLM.fromPretrained(files), "unsupported", "RobertaForMaskedLM");
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, index) => sum + value * y[index]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

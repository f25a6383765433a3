// Losses against the reference's, for every class and family, and labels that make no sense.

import { describe, expect, test } from "vitest";
import { BertForMaskedLM } from "../../src/models/bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "../../src/models/bert-for-multiple-choice.ts";
import { BertForNextSentencePrediction } from "../../src/models/bert-for-next-sentence-prediction.ts";
import { BertForPreTraining } from "../../src/models/bert-for-pretraining.ts";
import { BertForQuestionAnswering } from "../../src/models/bert-for-question-answering.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "../../src/models/bert-for-token-classification.ts";
import { BertLMHeadModel } from "../../src/models/bert-lm-head-model.ts";
import * as flax from "../../src/models/flax.ts";
import type { LoadedModel } from "../../src/models/loaded-model.ts";
import * as tensorflow from "../../src/models/tensorflow.ts";
import type { Tensor } from "../../src/tensor.ts";
import { expectError } from "../expect-error.ts";
import { difference, readGolden } from "../goldens.ts";

interface Model {
  readonly pretrained: LoadedModel;
  forward(inputs: object): Promise<object>;
  release(): Promise<void>;
}
interface ModelClass {
  readonly name: string;
  new (pretrained: LoadedModel): Model;
  fromPretrained(source: Readonly<Record<string, Uint8Array>>): Promise<Model>;
}

/** Each golden with its class in the three families. */
const CHECKPOINTS: readonly [folder: string, Model: ModelClass, families: readonly ModelClass[]][] = [
  ["causal-lm", BertLMHeadModel, [tensorflow.TFBertLMHeadModel, flax.FlaxBertForCausalLM]],
  ["masked-lm", BertForMaskedLM, [tensorflow.TFBertForMaskedLM, flax.FlaxBertForMaskedLM]],
  ["multiple-choice", BertForMultipleChoice, [tensorflow.TFBertForMultipleChoice, flax.FlaxBertForMultipleChoice]],
  [
    "next-sentence",
    BertForNextSentencePrediction,
    [tensorflow.TFBertForNextSentencePrediction, flax.FlaxBertForNextSentencePrediction],
  ],
  [
    "question-answering",
    BertForQuestionAnswering,
    [tensorflow.TFBertForQuestionAnswering, flax.FlaxBertForQuestionAnswering],
  ],
  ["pretraining", BertForPreTraining, [tensorflow.TFBertForPreTraining, flax.FlaxBertForPreTraining]],
  ...["", "-multilabel", "-regression"].map((problem): [string, ModelClass, ModelClass[]] => [
    `sequence-classification${problem}`,
    BertForSequenceClassification,
    [tensorflow.TFBertForSequenceClassification, flax.FlaxBertForSequenceClassification],
  ]),
  [
    "token-classification",
    BertForTokenClassification,
    [tensorflow.TFBertForTokenClassification, flax.FlaxBertForTokenClassification],
  ],
];

test.each(CHECKPOINTS)("labels give the reference's loss: %s", async (folder, Model, families) => {
  const { files, cases, tolerance } = await readGolden(`torch/loss-${folder}`);
  const model = await Model.fromPretrained(files);
  for (const own of [model, ...families.map((Family) => new Family(model.pretrained))]) {
    for (const { name, inputs, outputs } of cases) {
      const { loss } = (await own.forward(inputs)) as { loss: Tensor };
      expect(loss.dims).toEqual([]);
      expect(difference(loss, outputs.loss!), name).toBeLessThan(tolerance);
    }
  }
  await model.release();
});

describe("what makes no sense is refused", async () => {
  const { files } = await readGolden("torch/loss-token-classification");
  const model = await BertForTokenClassification.fromPretrained(files);
  const input_ids = [[5, 6, 7]];

  test.each<[string, object, string]>([
    ["a label that is no class", { input_ids, labels: [[0, 1, 3]] }, "there is no class 3"],
    ["labels of another shape", { input_ids, labels: [[0, 1]] }, "labels is [1, 2]"],
    ["half a label", { input_ids, labels: [[0, 1, 0.5]] }, "labels holds 0.5"],
    ["a label where there is padding", { input_ids, attention_mask: [[1, 1, 0]], labels: [[0, 1, 2]] }, "masked"],
    ["a misspelt input", { input_ids, attention_maks: [[1, 1, 1]] }, "attention_mask, token_type_ids"],
    ["ids that are not whole", { input_ids: [[1, 1.5]] }, "input_ids holds 1.5"],
    ["rows of unequal length", { input_ids: [[1, 2], [3]] }, "rows of input_ids differ"],
    ["labels of another class", { input_ids, start_positions: [1] }, "there is no input start_positions"],
  ])("%s", (_what, inputs, message) => expectError(() => model.forward(inputs), "invalid_input", message));

  test("a head mask of the wrong size; one of ones changes nothing, one of zeros does", async () => {
    const { num_attention_heads: A } = model.pretrained.config;
    const { logits } = await model.forward({ input_ids });
    const masked = (factor: number) => model.forward({ input_ids, head_mask: Array(A).fill(factor) as number[] });
    expect((await masked(1)).logits.data).toEqual(logits.data);
    expect((await masked(0)).logits.data).not.toEqual(logits.data);
    await expectError(() => model.forward({ input_ids, head_mask: [1] }), "invalid_input", "head_mask");
  });

  test("labels without their companions", async () => {
    const { files } = await readGolden("torch/loss-question-answering");
    const reader = await BertForQuestionAnswering.fromPretrained(files);
    await expectError(() => reader.forward({ input_ids, start_positions: [1] }), "invalid_input", "both");
    await reader.release();
  });

  test("ignored labels take no part, and nothing is left of none", async () => {
    const all = (await model.forward({ input_ids, labels: [[-100, -100, -100]] })) as { loss: Tensor };
    expect(all.loss.data[0]).toBeNaN();
  });
});

// The model classes against the reference: every checkpoint in f32, on both builds of the kernels and on the ort engine.

import { describe, expect, test } from "vitest";
import { headSpec } from "../../src/architectures/architectures.ts";
import { BertConfig } from "../../src/architectures/config.ts";
import { AlbertForMaskedLM, AlbertModel } from "../../src/models/albert.ts";
import { BertForMaskedLM } from "../../src/models/bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "../../src/models/bert-for-multiple-choice.ts";
import { BertForNextSentencePrediction } from "../../src/models/bert-for-next-sentence-prediction.ts";
import { BertForPreTraining } from "../../src/models/bert-for-pretraining.ts";
import { BertForQuestionAnswering } from "../../src/models/bert-for-question-answering.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "../../src/models/bert-for-token-classification.ts";
import { BertLMHeadModel } from "../../src/models/bert-lm-head-model.ts";
import { BertModel } from "../../src/models/bert-model.ts";
import { ElectraForMultipleChoice, ElectraModel } from "../../src/models/electra.ts";
import type { PretrainedOptions, PretrainedSource } from "../../src/models/load-pretrained.ts";
import { createModel, type LoadedModel } from "../../src/models/loaded-model.ts";
import type { ForwardOptions } from "../../src/models/model.ts";
import { MPNetForTokenClassification, MPNetModel } from "../../src/models/mpnet.ts";
import { Tensor } from "../../src/tensor.ts";
import { difference, type Golden, type GoldenCase, goldenFeeds, readGolden, values } from "../goldens.ts";
import { ort } from "../wasm/engines.ts";

/** What the suite needs of a class; the inputs of one are [batch, choices, length]. */
interface ModelClass {
  new (pretrained: LoadedModel): Model;
  fromPretrained(source: PretrainedSource, options: PretrainedOptions): Promise<Model>;
}
interface Model {
  readonly config: BertConfig;
  forward(inputs: Readonly<Record<"input_ids", Tensor>>, options: ForwardOptions): Promise<object>;
  release(): Promise<void>;
}

const CHECKPOINTS: readonly { folder: string; Model: ModelClass }[] = [
  { folder: "torch/bert-model", Model: BertModel },
  { folder: "torch/bert-model-odd", Model: BertModel },
  { folder: "torch/bert-model-no-pooler", Model: BertModel },
  { folder: "torch/bert-model-gelu_new", Model: BertModel },
  { folder: "torch/bert-model-relu", Model: BertModel },
  { folder: "torch/bert-model-silu", Model: BertModel },
  { folder: "torch/pretraining", Model: BertForPreTraining },
  { folder: "torch/masked-lm", Model: BertForMaskedLM },
  { folder: "torch/masked-lm-odd", Model: BertForMaskedLM },
  { folder: "torch/masked-lm-untied", Model: BertForMaskedLM },
  { folder: "torch/causal-lm", Model: BertLMHeadModel },
  { folder: "torch/next-sentence", Model: BertForNextSentencePrediction },
  { folder: "torch/sequence-classification", Model: BertForSequenceClassification },
  { folder: "torch/sequence-classification-odd", Model: BertForSequenceClassification },
  { folder: "torch/sequence-classification-multilabel", Model: BertForSequenceClassification },
  { folder: "torch/sequence-classification-regression", Model: BertForSequenceClassification },
  { folder: "torch/dtype-float16", Model: BertForSequenceClassification },
  { folder: "torch/dtype-bfloat16", Model: BertForSequenceClassification },
  { folder: "torch/multiple-choice", Model: BertForMultipleChoice },
  { folder: "torch/token-classification", Model: BertForTokenClassification },
  { folder: "torch/token-classification-odd", Model: BertForTokenClassification },
  { folder: "torch/question-answering", Model: BertForQuestionAnswering },
  { folder: "torch/question-answering-odd", Model: BertForQuestionAnswering },
  { folder: "relatives/bert-relative_key", Model: BertModel },
  { folder: "relatives/bert-relative_key_query", Model: BertModel },
  { folder: "relatives/albert-two-groups", Model: AlbertModel },
  { folder: "relatives/albert-masked-lm", Model: AlbertForMaskedLM },
  { folder: "relatives/electra-model", Model: ElectraModel },
  { folder: "relatives/electra-multiple-choice", Model: ElectraForMultipleChoice },
  { folder: "relatives/mpnet-model", Model: MPNetModel },
  { folder: "relatives/mpnet-token-classification", Model: MPNetForTokenClassification },
];

type Load = (Model: ModelClass, golden: Golden) => Promise<Model>;

const ENGINES: readonly { name: string; load: Load }[] = [
  ...(["relaxed", "baseline"] as const).map((build) => ({
    name: `kernel, ${build}`,
    load: ((Model, { files }) => Model.fromPretrained(files, { build })) satisfies Load,
  })),
  { name: "ort", load: async (Model, golden) => new Model(await onOrt(golden)) },
];

/** A checkpoint exported as an ONNX graph, behind the same classes. */
async function onOrt(golden: Golden): Promise<LoadedModel> {
  const session = await ort.create(golden);
  const config = BertConfig.fromJSON(JSON.parse(new TextDecoder().decode(golden.files["config.json"])));
  const head = headSpec(config.architectures[0] ?? "", config);
  return createModel({ session, config, heads: head ? [head] : [] });
}

describe.each(ENGINES)("$name", ({ load }) => {
  test.each(CHECKPOINTS)("$folder gives the reference's numbers", async ({ folder, Model }) => {
    const checkpoint = await readGolden(folder);
    const { tolerance, cases } = checkpoint;
    const model = await load(Model, checkpoint);
    for (const golden of cases) {
      const outputs = await forward(model, golden);
      expect(Object.keys(outputs).sort(), golden.name).toEqual(Object.keys(golden.outputs).sort());
      for (const [name, expected] of Object.entries(golden.outputs)) {
        const tensors = [outputs[name]].flat();
        const layers = tensors.length > 1 ? (expected as readonly (readonly number[])[]) : [expected];
        expect(tensors.length).toBe(layers.length);
        for (const [layer, tensor] of tensors.entries()) {
          expect(tensor, name).toBeInstanceOf(Tensor);
          const perToken =
            name === "start_logits" || name === "end_logits" ? widened(tensor as Tensor) : (tensor as Tensor);
          const error = difference(perToken, layers[layer]!, golden.inputs.attention_mask);
          expect(error, `${golden.name}: ${name} ${layer}`).toBeLessThan(tolerance);
        }
      }
    }
    const [golden] = cases;
    await expectLayers(model, golden!);
    await model.release();
  });
});

/** Every class gives the hidden states and attentions of all layers where they are asked for. */
async function expectLayers(model: Model, golden: GoldenCase): Promise<void> {
  const { input_ids, ...others } = goldenFeeds(golden);
  const options = { outputHiddenStates: true, outputAttentions: true };
  const outputs = await model.forward({ input_ids: input_ids!, ...others }, options);
  const { num_hidden_layers: layers, hidden_size: H, num_attention_heads: A } = model.config;
  const length = input_ids!.dims.at(-1)!;
  const rows = input_ids!.size / length;
  expect(outputs).toMatchObject({
    hidden_states: Array.from({ length: layers + 1 }, () => ({ dims: [rows, length, H] })),
    attentions: Array.from({ length: layers }, () => ({ dims: [rows, A, length, length] })),
  });
}

/** [batch, length] → [batch, length, 1], so that the mask applies. */
function widened(tensor: Tensor): Tensor {
  return new Tensor("float32", values(tensor), [...tensor.dims, 1]);
}

async function forward(model: Model, golden: GoldenCase): Promise<Record<string, unknown>> {
  const { input_ids, ...others } = goldenFeeds(golden);
  const options = {
    outputHiddenStates: "hidden_states" in golden.outputs,
    outputAttentions: "attentions" in golden.outputs,
  };
  return { ...(await model.forward({ input_ids: input_ids!, ...others }, options)) };
}

// Every checkpoint of the reference with the class that reads it: a row each, for the suite and for docs/classes.md; and how far a
// class's answers are from the reference's.

import { SAFETENSORS } from "../../src/checkpoint/formats.ts";
import { FLAX, PYTORCH, TENSORFLOW } from "../../src/checkpoint/frameworks.ts";
import * as albert from "../../src/models/albert.ts";
import { BertForMaskedLM } from "../../src/models/bert-for-masked-lm.ts";
import { BertForMultipleChoice } from "../../src/models/bert-for-multiple-choice.ts";
import { BertForNextSentencePrediction } from "../../src/models/bert-for-next-sentence-prediction.ts";
import { BertForPreTraining } from "../../src/models/bert-for-pretraining.ts";
import { BertForQuestionAnswering } from "../../src/models/bert-for-question-answering.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { BertForTokenClassification } from "../../src/models/bert-for-token-classification.ts";
import { BertLMHeadModel } from "../../src/models/bert-lm-head-model.ts";
import { BertModel } from "../../src/models/bert-model.ts";
import * as distilbert from "../../src/models/distilbert.ts";
import * as electra from "../../src/models/electra.ts";
import * as flax from "../../src/models/flax.ts";
import type { PretrainedSource } from "../../src/models/load-pretrained.ts";
import type { ForwardOptions, HeadOptions } from "../../src/models/model.ts";
import * as mpnet from "../../src/models/mpnet.ts";
import * as roberta from "../../src/models/roberta.ts";
import * as tensorflow from "../../src/models/tensorflow.ts";
import { Tensor } from "../../src/tensor.ts";
import { readFixture, readJsonFixture } from "../fixtures.ts";
import { difference, type Golden, type GoldenCase, goldenFeeds } from "../goldens.ts";

interface ModelClass {
  readonly name: string;
  fromPretrained(source: PretrainedSource, options: HeadOptions): Promise<Model>;
}
interface Model {
  forward(inputs: Readonly<Record<"input_ids", Tensor>>, options: ForwardOptions): Promise<object>;
  release(): Promise<void>;
}

export interface Row {
  readonly Model: ModelClass;
  /** Below test/goldens. */
  readonly folder: string;
  /** The file that the weights are in; an index stands for its shards. */
  readonly file: string;
}

const torch = (Model: ModelClass, ...names: readonly string[]): Row[] =>
  names.map((name) => ({ Model, folder: `torch/${name}`, file: "model.safetensors" }));
const own = (Model: ModelClass, folder: string, file: string): Row => ({ Model, folder, file });
const tf = (Model: ModelClass, name: string) => own(Model, `tf/${name}`, "tf_model.h5");
const fl = (Model: ModelClass, name: string) => own(Model, `flax/${name}`, "flax_model.msgpack");

const relative = (Model: ModelClass, name: string) => own(Model, `relatives/${name}`, "model.safetensors");

export const CHECKPOINTS: readonly Row[] = [
  ...torch(BertModel, "bert-model", "bert-model-odd", "bert-model-no-pooler"),
  ...torch(BertModel, "bert-model-gelu_new", "bert-model-relu", "bert-model-silu"),
  own(BertModel, "torch/bert-model-odd", "pytorch_model.bin"),
  own(BertModel, "torch/old-names", "pytorch_model.bin"),
  ...torch(BertForPreTraining, "pretraining"),
  ...torch(BertForMaskedLM, "masked-lm", "masked-lm-odd", "masked-lm-untied"),
  own(BertForMaskedLM, "torch/masked-lm-untied", "pytorch_model.bin"),
  own(BertForMaskedLM, "torch/sharded", "model.safetensors.index.json"),
  ...torch(BertLMHeadModel, "causal-lm"),
  ...torch(BertForNextSentencePrediction, "next-sentence"),
  ...torch(BertForSequenceClassification, "sequence-classification", "sequence-classification-odd"),
  ...torch(BertForSequenceClassification, "sequence-classification-multilabel", "sequence-classification-regression"),
  ...torch(BertForSequenceClassification, "dtype-float16", "dtype-bfloat16"),
  ...torch(BertForMultipleChoice, "multiple-choice"),
  ...torch(BertForTokenClassification, "token-classification", "token-classification-odd"),
  ...torch(BertForQuestionAnswering, "question-answering", "question-answering-odd"),
  tf(tensorflow.TFBertModel, "bert-model"),
  tf(tensorflow.TFBertForPreTraining, "pretraining"),
  tf(tensorflow.TFBertForMaskedLM, "masked-lm"),
  tf(tensorflow.TFBertLMHeadModel, "causal-lm"),
  tf(tensorflow.TFBertForNextSentencePrediction, "next-sentence"),
  tf(tensorflow.TFBertForSequenceClassification, "sequence-classification"),
  tf(tensorflow.TFBertForMultipleChoice, "multiple-choice"),
  tf(tensorflow.TFBertForTokenClassification, "token-classification"),
  tf(tensorflow.TFBertForQuestionAnswering, "question-answering"),
  fl(flax.FlaxBertModel, "bert-model"),
  fl(flax.FlaxBertForPreTraining, "pretraining"),
  fl(flax.FlaxBertForMaskedLM, "masked-lm"),
  fl(flax.FlaxBertForCausalLM, "causal-lm"),
  fl(flax.FlaxBertForNextSentencePrediction, "next-sentence"),
  fl(flax.FlaxBertForSequenceClassification, "sequence-classification"),
  fl(flax.FlaxBertForMultipleChoice, "multiple-choice"),
  fl(flax.FlaxBertForTokenClassification, "token-classification"),
  fl(flax.FlaxBertForQuestionAnswering, "question-answering"),
  relative(distilbert.DistilBertModel, "distilbert-model"),
  relative(distilbert.DistilBertForMaskedLM, "distilbert-masked-lm"),
  relative(distilbert.DistilBertForMultipleChoice, "distilbert-multiple-choice"),
  relative(distilbert.DistilBertForQuestionAnswering, "distilbert-question-answering"),
  relative(distilbert.DistilBertForSequenceClassification, "distilbert-sequence-classification"),
  relative(distilbert.DistilBertForTokenClassification, "distilbert-token-classification"),
  relative(roberta.RobertaModel, "roberta-model"),
  relative(roberta.RobertaForCausalLM, "roberta-causal-lm"),
  relative(roberta.RobertaForMaskedLM, "roberta-masked-lm"),
  relative(roberta.RobertaForMultipleChoice, "roberta-multiple-choice"),
  relative(roberta.RobertaForQuestionAnswering, "roberta-question-answering"),
  relative(roberta.RobertaForSequenceClassification, "roberta-sequence-classification"),
  relative(roberta.RobertaForTokenClassification, "roberta-token-classification"),
  relative(roberta.XLMRobertaModel, "xlm-roberta-model"),
  relative(roberta.XLMRobertaForSequenceClassification, "xlm-roberta-sequence-classification"),
  relative(roberta.CamembertForMaskedLM, "camembert-masked-lm"),
  relative(roberta.CamembertForTokenClassification, "camembert-token-classification"),
  relative(albert.AlbertModel, "albert-model"),
  relative(albert.AlbertForMaskedLM, "albert-masked-lm"),
  relative(albert.AlbertForMultipleChoice, "albert-multiple-choice"),
  relative(albert.AlbertForQuestionAnswering, "albert-question-answering"),
  relative(albert.AlbertForSequenceClassification, "albert-sequence-classification"),
  relative(albert.AlbertForTokenClassification, "albert-token-classification"),
  relative(albert.AlbertForPreTraining, "albert-pretraining"),
  relative(electra.ElectraModel, "electra-model"),
  relative(electra.ElectraForMaskedLM, "electra-masked-lm"),
  relative(electra.ElectraForMultipleChoice, "electra-multiple-choice"),
  relative(electra.ElectraForQuestionAnswering, "electra-question-answering"),
  relative(electra.ElectraForSequenceClassification, "electra-sequence-classification"),
  relative(electra.ElectraForTokenClassification, "electra-token-classification"),
  relative(electra.ElectraForPreTraining, "electra-pretraining"),
  relative(mpnet.MPNetModel, "mpnet-model"),
  relative(mpnet.MPNetForMaskedLM, "mpnet-masked-lm"),
  relative(mpnet.MPNetForMultipleChoice, "mpnet-multiple-choice"),
  relative(mpnet.MPNetForQuestionAnswering, "mpnet-question-answering"),
  relative(mpnet.MPNetForSequenceClassification, "mpnet-sequence-classification"),
  relative(mpnet.MPNetForTokenClassification, "mpnet-token-classification"),
  relative(albert.AlbertModel, "albert-two-groups"),
  relative(albert.AlbertModel, "albert-two-inner"),
  relative(BertModel, "bert-relative_key"),
  relative(BertModel, "bert-relative_key_query"),
  relative(BertLMHeadModel, "bert-cross-attention"),
];

// Workers read safetensors alone unless told otherwise.
const FORMATS = [SAFETENSORS, PYTORCH, TENSORFLOW, FLAX];

/** The model of a row, from its file alone. */
export async function loadRow({ Model, folder, file }: Row, options: HeadOptions = {}): Promise<Model> {
  const files = new Map<string, Uint8Array>();
  for (const name of ["config.json", file]) files.set(name, await fixture(`${folder}/${name}`));
  if (file.endsWith(".index.json")) {
    const { weight_map: shards } = JSON.parse(new TextDecoder().decode(files.get(file)));
    for (const shard of new Set<string>(Object.values(shards))) files.set(shard, await fixture(`${folder}/${shard}`));
  }
  return Model.fromPretrained(files, { formats: FORMATS, ...options });
}

/**
 * The largest difference of any output in any case, relative to max(1, |expected|), padded positions left out; infinite where the
 * outputs are not the reference's.
 */
export async function largestDifference(model: Model, folder: string): Promise<number> {
  const { cases } = await readJsonFixture<Pick<Golden, "cases">>(`test/goldens/${folder}/cases.json`);
  let largest = 0;
  for (const golden of cases) largest = Math.max(largest, await caseDifference(model, golden));
  return largest;
}

async function caseDifference(model: Model, { inputs, outputs: expected }: GoldenCase): Promise<number> {
  const { input_ids, ...others } = goldenFeeds({ inputs });
  const options = { outputHiddenStates: "hidden_states" in expected, outputAttentions: "attentions" in expected };
  const outputs: Readonly<Record<string, Tensor | readonly Tensor[]>> = {
    ...(await model.forward({ input_ids: input_ids!, ...others }, options)),
  };
  if (Object.keys(outputs).sort().join() !== Object.keys(expected).sort().join()) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (const [name, wanted] of Object.entries(expected)) {
    const several = name === "hidden_states" || name.endsWith("attentions");
    const keyMask = name.startsWith("cross_") ? inputs.encoder_attention_mask : undefined;
    const tensors = several ? (outputs[name] as readonly Tensor[]) : [outputs[name] as Tensor];
    const layers = several ? (wanted as readonly (typeof wanted)[]) : [wanted];
    if (tensors.length !== layers.length) return Number.POSITIVE_INFINITY;
    // One number per token, without a dimension of its own.
    const isPerToken = /^(start|end)_/.test(name) || model instanceof electra.ElectraForPreTraining;
    for (const [layer, tensor] of tensors.entries()) {
      const perToken = isPerToken ? new Tensor(tensor.type, tensor.data, [...tensor.dims, 1]) : tensor;
      largest = Math.max(largest, difference(perToken, layers[layer]!, inputs.attention_mask, keyMask));
    }
  }
  return largest;
}

async function fixture(path: string): Promise<Uint8Array> {
  const bytes = await readFixture(`test/goldens/${path}`);
  if (!bytes) throw new Error(`${path} is missing`);
  return bytes;
}

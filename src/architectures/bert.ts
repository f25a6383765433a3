// BERT as data: configuration, encoder, heads, and the names of its tensors in every framework. Follows Devlin et al. 2018 as
// transformers' BertModel does.
import * as v from "valibot";
import { REFERENCE_ACTIVATIONS } from "./activations.ts";
import type { Architecture } from "./architecture.ts";
import type { BertConfig } from "./config.ts";
import { type EncoderSpec, MAX_LAYERS } from "./encoder-spec.ts";
import type { DenseStep, HeadOutput } from "./head-spec.ts";
import { dense, FLAX_NAMES, fromFirst, perToken, tensorflowNames } from "./parts.ts";

/** The families that are known, by `model_type` of config.json. */
export const MODEL_TYPES = [
  "bert",
  "distilbert",
  "roberta",
  "xlm-roberta",
  "camembert",
  "albert",
  "electra",
  "mpnet",
] as const;

export const PROBLEM_TYPES = ["regression", "single_label_classification", "multi_label_classification"] as const;

const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));
const size = count(2 ** 31 - 1);
const layers = count(MAX_LAYERS);
const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const activation = v.picklist(Object.keys(REFERENCE_ACTIVATIONS) as (keyof typeof REFERENCE_ACTIVATIONS)[]);

/** config.json. The defaults are those of the reference's BertConfig (config-names.ts has other families'); other keys are kept unread. */
export const bertConfigSchema = v.looseObject({
  model_type: v.optional(v.picklist(MODEL_TYPES), "bert"),
  architectures: v.nullish(v.array(v.string()), () => []),
  vocab_size: v.optional(size, 30522),
  hidden_size: v.optional(size, 768),
  num_hidden_layers: v.optional(layers, 12),
  num_attention_heads: v.optional(size, 12),
  intermediate_size: v.optional(size, 3072),
  hidden_act: v.optional(activation, "gelu"),
  hidden_dropout_prob: v.optional(probability, 0.1),
  attention_probs_dropout_prob: v.optional(probability, 0.1),
  classifier_dropout: v.nullish(probability, null),
  max_position_embeddings: v.optional(size, 512),
  type_vocab_size: v.optional(size, 2),
  initializer_range: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0.02),
  layer_norm_eps: v.optional(v.pipe(v.number(), v.finite(), v.gtValue(0)), 1e-12),
  pad_token_id: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  position_embedding_type: v.nullish(v.picklist(["absolute", "relative_key", "relative_key_query"]), "absolute"),
  embedding_size: v.optional(size),
  num_hidden_groups: v.optional(layers),
  inner_group_num: v.optional(layers),
  relative_attention_num_buckets: v.optional(count(1024)),
  is_decoder: v.optional(v.boolean(), false),
  add_cross_attention: v.optional(v.boolean(), false),
  use_cache: v.optional(v.boolean(), true),
  tie_word_embeddings: v.optional(v.boolean(), true),
  problem_type: v.nullish(v.picklist(PROBLEM_TYPES), null),
  num_labels: v.optional(count(1_000_000)),
  id2label: v.nullish(v.looseObject({})),
});

const LARGE = { hidden_size: 1024, num_hidden_layers: 24, num_attention_heads: 16, intermediate_size: 4096 };

/** The published shapes: base and large (uncased unless named cased), and the multilingual vocabularies. */
export const BERT_PRESETS = {
  base: {},
  "base-cased": { vocab_size: 28996 },
  large: LARGE,
  "large-cased": { vocab_size: 28996, ...LARGE },
  multilingual: { vocab_size: 119547 },
  "multilingual-uncased": { vocab_size: 105879 },
} as const;

/** The table of word pieces. */
export const WORDS = "embeddings.word_embeddings";
const POSITIONS = "embeddings.position_embeddings";

export function bertEncoder(config: BertConfig): EncoderSpec {
  const { max_position_embeddings: positions, position_embedding_type: kind } = config;
  return {
    hiddenSize: config.hidden_size,
    epsilon: config.layer_norm_eps,
    // With relative positions there are no absolute ones; checkpoints have their table all the same.
    ...(kind !== "absolute" && { positionBias: { kind, part: "attention.self.distance_embedding", positions } }),
    embeddings: [
      { table: WORDS, index: "ids", rows: config.vocab_size, offset: 0 },
      ...(kind === "absolute" ? [{ table: POSITIONS, index: "positions", rows: positions, offset: 0 } as const] : []),
      { table: "embeddings.token_type_embeddings", index: "types", rows: config.type_vocab_size, offset: 0 },
    ],
    norm: "embeddings.LayerNorm",
    layers: {
      count: config.num_hidden_layers,
      prefix: "encoder.layer",
      heads: config.num_attention_heads,
      headSize: config.headSize,
      innerSize: config.intermediate_size,
      activation: config.hidden_act,
      parts: {
        query: "attention.self.query",
        key: "attention.self.key",
        value: "attention.self.value",
        output: "attention.output.dense",
        attentionNorm: "attention.output.LayerNorm",
        up: "intermediate.dense",
        down: "output.dense",
        outputNorm: "output.LayerNorm",
      },
      ...(config.add_cross_attention && { cross: "cross" }),
    },
    causal: config.is_decoder,
    outputs: [fromFirst("pooler_output", pooler(config))],
  };
}

/** Applied to the first token; the bare model returns it, and classifiers read it. */
export function pooler({ hidden_size }: BertConfig): DenseStep {
  return { ...dense("pooler.dense", hidden_size), activation: "tanh" };
}

function pooled(name: string, step: DenseStep, config: BertConfig): HeadOutput {
  return fromFirst(name, pooler(config), step);
}

/** Transform, LayerNorm, and a product with the vocabulary: the word embeddings', or a matrix of its own. */
function predictions(name: string, config: BertConfig): HeadOutput {
  const at = "cls.predictions";
  return perToken(
    name,
    { ...dense(`${at}.transform.dense`, config.hidden_size), activation: config.hidden_act },
    { op: "layernorm", weight: `${at}.transform.LayerNorm` },
    { ...dense(config.tie_word_embeddings ? WORDS : `${at}.decoder`, config.vocab_size), bias: `${at}.bias` },
  );
}

const nextSentence = /* @__PURE__ */ dense("cls.seq_relationship", 2);

export const BERT: Architecture = {
  modelType: "bert",
  baseClass: "BertModel",
  encoder: bertEncoder,
  classes: {
    BertForSequenceClassification: {
      task: "text-classification",
      labelled: true,
      outputs: (config) => [pooled("logits", dense("classifier", config.num_labels), config)],
    },
    BertForTokenClassification: {
      task: "token-classification",
      labelled: true,
      outputs: ({ num_labels }) => [perToken("logits", dense("classifier", num_labels))],
    },
    BertForQuestionAnswering: {
      task: "question-answering",
      outputs: () => [perToken("logits", dense("qa_outputs", 2))],
    },
    BertForMultipleChoice: {
      task: "multiple-choice",
      outputs: (config) => [pooled("logits", dense("classifier", 1), config)],
    },
    BertForNextSentencePrediction: {
      task: "next-sentence-prediction",
      outputs: (config) => [pooled("logits", nextSentence, config)],
    },
    BertForMaskedLM: {
      task: "fill-mask",
      outputs: (config) => [predictions("logits", config)],
    },
    BertLMHeadModel: {
      task: "text-generation",
      outputs: (config) => [predictions("logits", config)],
    },
    BertForPreTraining: {
      task: "pretraining",
      outputs: (config) => [
        predictions("prediction_logits", config),
        pooled("seq_relationship_logits", nextSentence, config),
      ],
    },
  },
  aliases: { BertForCausalLM: "BertLMHeadModel" },
  names: {
    prefix: "bert.",
    renames: [
      [/LayerNorm\.gamma$/, "LayerNorm.weight"],
      [/LayerNorm\.beta$/, "LayerNorm.bias"],
    ],
    ignored: ["embeddings.position_ids", "embeddings.token_type_ids"],
    shared: new Map([
      ["cls.predictions.decoder.bias", "cls.predictions.bias"],
      ["cls.predictions.decoder.weight", "embeddings.word_embeddings.weight"],
    ]),
    tensorflow: /* @__PURE__ */ tensorflowNames("embeddings", "encoder", "pooler", "cls", "classifier", "qa_outputs"),
    flax: FLAX_NAMES,
  },
};

// DistilBERT as data (Sanh et al. 2019): BERT without token types and without a pooler, with names of its own. After transformers 4.46.3.
import type { Architecture } from "./architecture.ts";
import type { BertConfig } from "./config.ts";
import type { EncoderSpec } from "./encoder-spec.ts";
import type { DenseStep } from "./head-spec.ts";
import { dense, FLAX_NAMES, fromFirst, perToken, tensorflowNames } from "./parts.ts";

const WORDS = "embeddings.word_embeddings";

function encoder(config: BertConfig): EncoderSpec {
  return {
    hiddenSize: config.hidden_size,
    epsilon: 1e-12,
    embeddings: [
      { table: WORDS, index: "ids", rows: config.vocab_size, offset: 0 },
      { table: "embeddings.position_embeddings", index: "positions", rows: config.max_position_embeddings, offset: 0 },
    ],
    norm: "embeddings.LayerNorm",
    layers: {
      count: config.num_hidden_layers,
      prefix: "transformer.layer",
      heads: config.num_attention_heads,
      headSize: config.headSize,
      innerSize: config.intermediate_size,
      activation: config.hidden_act,
      parts: {
        query: "attention.q_lin",
        key: "attention.k_lin",
        value: "attention.v_lin",
        output: "attention.out_lin",
        attentionNorm: "sa_layer_norm",
        up: "ffn.lin1",
        down: "ffn.lin2",
        outputNorm: "output_layer_norm",
      },
    },
    causal: false,
    outputs: [],
  };
}

function preClassifier({ hidden_size }: BertConfig): DenseStep {
  return { ...dense("pre_classifier", hidden_size), activation: "relu" };
}

export const DISTILBERT: Architecture = {
  modelType: "distilbert",
  baseClass: "DistilBertModel",
  encoder,
  classes: {
    DistilBertForSequenceClassification: {
      task: "text-classification",
      labelled: true,
      outputs: (config) => [fromFirst("logits", preClassifier(config), dense("classifier", config.num_labels))],
    },
    DistilBertForTokenClassification: {
      task: "token-classification",
      labelled: true,
      outputs: ({ num_labels }) => [perToken("logits", dense("classifier", num_labels))],
    },
    DistilBertForQuestionAnswering: {
      task: "question-answering",
      outputs: () => [perToken("logits", dense("qa_outputs", 2))],
    },
    DistilBertForMultipleChoice: {
      task: "multiple-choice",
      outputs: (config) => [fromFirst("logits", preClassifier(config), dense("classifier", 1))],
    },
    DistilBertForMaskedLM: {
      task: "fill-mask",
      outputs: (config) => [
        perToken(
          "logits",
          { ...dense("vocab_transform", config.hidden_size), activation: config.hidden_act },
          { op: "layernorm", weight: "vocab_layer_norm" },
          {
            ...dense(config.tie_word_embeddings ? WORDS : "vocab_projector", config.vocab_size),
            bias: "vocab_projector.bias",
          },
        ),
      ],
    },
  },
  aliases: {},
  names: {
    prefix: "distilbert.",
    renames: [
      [/LayerNorm\.gamma$/, "LayerNorm.weight"],
      [/LayerNorm\.beta$/, "LayerNorm.bias"],
    ],
    ignored: ["embeddings.position_ids"],
    shared: new Map([["vocab_projector.weight", `${WORDS}.weight`]]),
    tensorflow: tensorflowNames(
      ...["embeddings", "transformer", "pre_classifier", "classifier", "qa_outputs"],
      ...["vocab_transform", "vocab_layer_norm", "vocab_projector"],
    ),
    flax: FLAX_NAMES,
  },
};

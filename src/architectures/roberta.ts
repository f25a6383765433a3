// RoBERTa as data (Liu et al. 2019), and XLM-R (Conneau et al. 2020) and CamemBERT (Martin et al. 2020), which differ in their names and
// vocabularies. BERT with positions that begin behind the padding's, and heads of its own. After transformers 4.46.3.
import type { Architecture } from "./architecture.ts";
import type { BertConfig } from "./config.ts";
import type { EncoderSpec } from "./encoder-spec.ts";
import type { DenseStep, HeadOutput } from "./head-spec.ts";
import { BERT_LAYER, dense, FLAX_NAMES, fromFirst, perToken, tensorflowNames } from "./parts.ts";

const WORDS = "embeddings.word_embeddings";

function encoder(config: BertConfig): EncoderSpec {
  const positions = { table: "embeddings.position_embeddings", index: "positions" } as const;
  return {
    hiddenSize: config.hidden_size,
    epsilon: config.layer_norm_eps,
    embeddings: [
      { table: WORDS, index: "ids", rows: config.vocab_size, offset: 0 },
      // The first token's position is the one after the padding's.
      { ...positions, rows: config.max_position_embeddings, offset: config.pad_token_id + 1 },
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
      parts: BERT_LAYER,
    },
    causal: config.is_decoder,
    outputs: [fromFirst("pooler_output", pooler(config))],
  };
}

function pooler({ hidden_size }: BertConfig): DenseStep {
  return { ...dense("pooler.dense", hidden_size), activation: "tanh" };
}

function predictions(config: BertConfig): HeadOutput {
  return perToken(
    "logits",
    // Not the encoder's activation, whatever that is.
    { ...dense("lm_head.dense", config.hidden_size), activation: "gelu" },
    { op: "layernorm", weight: "lm_head.layer_norm" },
    { ...dense(config.tie_word_embeddings ? WORDS : "lm_head.decoder", config.vocab_size), bias: "lm_head.bias" },
  );
}

/** @param name what the classes are called: Roberta, XLMRoberta, Camembert */
function family(modelType: string, name: string): Architecture {
  return {
    modelType,
    baseClass: `${name}Model`,
    encoder,
    classes: {
      [`${name}ForSequenceClassification`]: {
        task: "text-classification",
        labelled: true,
        outputs: (config) => [
          fromFirst(
            "logits",
            { ...dense("classifier.dense", config.hidden_size), activation: "tanh" },
            dense("classifier.out_proj", config.num_labels),
          ),
        ],
      },
      [`${name}ForTokenClassification`]: {
        task: "token-classification",
        labelled: true,
        outputs: ({ num_labels }) => [perToken("logits", dense("classifier", num_labels))],
      },
      [`${name}ForQuestionAnswering`]: {
        task: "question-answering",
        outputs: () => [perToken("logits", dense("qa_outputs", 2))],
      },
      [`${name}ForMultipleChoice`]: {
        task: "multiple-choice",
        outputs: (config) => [fromFirst("logits", pooler(config), dense("classifier", 1))],
      },
      [`${name}ForMaskedLM`]: { task: "fill-mask", outputs: (config) => [predictions(config)] },
      [`${name}ForCausalLM`]: { task: "text-generation", outputs: (config) => [predictions(config)] },
    },
    aliases: {},
    names: {
      prefix: "roberta.",
      renames: [],
      ignored: ["embeddings.position_ids", "embeddings.token_type_ids"],
      shared: new Map([
        ["lm_head.decoder.weight", `${WORDS}.weight`],
        ["lm_head.decoder.bias", "lm_head.bias"],
      ]),
      tensorflow: tensorflowNames("embeddings", "encoder", "pooler", "lm_head", "classifier", "qa_outputs"),
      flax: FLAX_NAMES,
    },
  };
}

export const ROBERTA = family("roberta", "Roberta");
export const XLM_ROBERTA = family("xlm-roberta", "XLMRoberta");
export const CAMEMBERT = family("camembert", "Camembert");

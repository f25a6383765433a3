// MPNet as data (Song et al. 2020): BERT without token types, with shifted positions and a bias by distance that all layers share. After
// transformers 4.46.3.
import type { Architecture } from "./architecture.ts";
import { bertEncoder, pooler, WORDS } from "./bert.ts";
import type { BertConfig } from "./config.ts";
import type { EncoderSpec } from "./encoder-spec.ts";
import { dense, FLAX_NAMES, fromFirst, perToken, tensorflowNames } from "./parts.ts";

function encoder(config: BertConfig): EncoderSpec {
  const spec = bertEncoder(config);
  return {
    ...spec,
    embeddings: spec.embeddings
      .filter(({ index }) => index !== "types")
      .map((table) => (table.index === "positions" ? { ...table, offset: config.pad_token_id + 1 } : table)),
    positionBias: {
      kind: "buckets",
      table: "encoder.relative_attention_bias",
      buckets: (config.get("relative_attention_num_buckets") as number | undefined) ?? 32,
      farthest: 128,
    },
    layers: {
      ...spec.layers,
      parts: {
        ...spec.layers.parts,
        query: "attention.attn.q",
        key: "attention.attn.k",
        value: "attention.attn.v",
        output: "attention.attn.o",
        attentionNorm: "attention.LayerNorm",
      },
    },
  };
}

export const MPNET: Architecture = {
  modelType: "mpnet",
  baseClass: "MPNetModel",
  encoder,
  classes: {
    MPNetForSequenceClassification: {
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
    MPNetForTokenClassification: {
      task: "token-classification",
      labelled: true,
      outputs: ({ num_labels }) => [perToken("logits", dense("classifier", num_labels))],
    },
    MPNetForQuestionAnswering: {
      task: "question-answering",
      outputs: () => [perToken("logits", dense("qa_outputs", 2))],
    },
    MPNetForMultipleChoice: {
      task: "multiple-choice",
      outputs: (config) => [fromFirst("logits", pooler(config), dense("classifier", 1))],
    },
    MPNetForMaskedLM: {
      task: "fill-mask",
      outputs: (config) => [
        perToken(
          "logits",
          { ...dense("lm_head.dense", config.hidden_size), activation: "gelu" },
          { op: "layernorm", weight: "lm_head.layer_norm" },
          { ...dense(config.tie_word_embeddings ? WORDS : "lm_head.decoder", config.vocab_size), bias: "lm_head.bias" },
        ),
      ],
    },
  },
  aliases: {},
  names: {
    prefix: "mpnet.",
    renames: [],
    ignored: ["embeddings.position_ids"],
    shared: new Map([
      ["lm_head.decoder.weight", `${WORDS}.weight`],
      ["lm_head.decoder.bias", "lm_head.bias"],
    ]),
    tensorflow: tensorflowNames("embeddings", "encoder", "pooler", "lm_head", "classifier", "qa_outputs"),
    flax: FLAX_NAMES,
  },
};

// ALBERT as data (Lan et al. 2020): narrow embeddings that are projected, and layers that share their tensors. After transformers 4.46.3.
import type { Architecture } from "./architecture.ts";
import { bertEncoder, WORDS } from "./bert.ts";
import type { BertConfig } from "./config.ts";
import type { EncoderSpec } from "./encoder-spec.ts";
import type { DenseStep, HeadOutput } from "./head-spec.ts";
import { dense, FLAX_NAMES, fromFirst, perToken, tensorflowNames } from "./parts.ts";

function encoder(config: BertConfig): EncoderSpec {
  const spec = bertEncoder(config);
  const [groups, inner] = [numberOf(config, "num_hidden_groups"), numberOf(config, "inner_group_num")];
  const count = config.num_hidden_layers;
  // Each layer of the configuration is a group of `inner` layers.
  const paths = Array.from({ length: count * inner }, (_, n) => {
    const group = Math.trunc(Math.trunc(n / inner) / (count / groups));
    return `${group}.albert_layers.${n % inner}`;
  });
  return {
    ...spec,
    embeddingSize: config.embeddingSize,
    projection: "encoder.embedding_hidden_mapping_in",
    layers: {
      ...spec.layers,
      count: paths.length,
      prefix: "encoder.albert_layer_groups",
      paths,
      perState: inner,
      parts: {
        query: "attention.query",
        key: "attention.key",
        value: "attention.value",
        output: "attention.dense",
        attentionNorm: "attention.LayerNorm",
        up: "ffn",
        down: "ffn_output",
        outputNorm: "full_layer_layer_norm",
      },
    },
    outputs: [fromFirst("pooler_output", pooler(config))],
  };
}

function numberOf(config: BertConfig, key: "num_hidden_groups" | "inner_group_num"): number {
  return (config.get(key) as number | undefined) ?? 1;
}

function pooler({ hidden_size }: BertConfig): DenseStep {
  return { ...dense("pooler", hidden_size), activation: "tanh" };
}

function predictions(name: string, config: BertConfig): HeadOutput {
  return perToken(
    name,
    { ...dense("predictions.dense", config.embeddingSize), activation: config.hidden_act },
    { op: "layernorm", weight: "predictions.LayerNorm" },
    {
      ...dense(config.tie_word_embeddings ? WORDS : "predictions.decoder", config.vocab_size),
      bias: "predictions.bias",
    },
  );
}

export const ALBERT: Architecture = {
  modelType: "albert",
  baseClass: "AlbertModel",
  encoder,
  classes: {
    AlbertForSequenceClassification: {
      task: "text-classification",
      labelled: true,
      outputs: (config) => [fromFirst("logits", pooler(config), dense("classifier", config.num_labels))],
    },
    AlbertForTokenClassification: {
      task: "token-classification",
      labelled: true,
      outputs: ({ num_labels }) => [perToken("logits", dense("classifier", num_labels))],
    },
    AlbertForQuestionAnswering: {
      task: "question-answering",
      outputs: () => [perToken("logits", dense("qa_outputs", 2))],
    },
    AlbertForMultipleChoice: {
      task: "multiple-choice",
      outputs: (config) => [fromFirst("logits", pooler(config), dense("classifier", 1))],
    },
    AlbertForMaskedLM: { task: "fill-mask", outputs: (config) => [predictions("logits", config)] },
    AlbertForPreTraining: {
      task: "pretraining",
      outputs: (config) => [
        predictions("prediction_logits", config),
        fromFirst("sop_logits", pooler(config), dense("sop_classifier.classifier", 2)),
      ],
    },
  },
  aliases: {},
  names: {
    prefix: "albert.",
    renames: [],
    ignored: ["embeddings.position_ids", "embeddings.token_type_ids"],
    shared: new Map([
      ["predictions.decoder.bias", "predictions.bias"],
      ["predictions.decoder.weight", `${WORDS}.weight`],
    ]),
    tensorflow: tensorflowNames(
      "embeddings",
      "encoder",
      "pooler",
      "predictions",
      "sop_classifier",
      "classifier",
      "qa_outputs",
    ),
    flax: FLAX_NAMES,
  },
};

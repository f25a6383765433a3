// ELECTRA as data (Clark et al. 2020): BERT without a pooler, whose embeddings may be narrow, with heads of its own. The generator is a masked LM,
// the discriminator says of every token whether it was replaced. After transformers 4.46.3.
import type { Architecture } from "./architecture.ts";
import { bertEncoder, WORDS } from "./bert.ts";
import type { BertConfig } from "./config.ts";
import type { EncoderSpec } from "./encoder-spec.ts";
import type { DenseStep, HeadOutput } from "./head-spec.ts";
import { dense, FLAX_NAMES, fromFirst, perToken, tensorflowNames } from "./parts.ts";

function encoder(config: BertConfig): EncoderSpec {
  const isNarrow = config.embeddingSize !== config.hidden_size;
  return {
    ...bertEncoder(config),
    ...(isNarrow && { embeddingSize: config.embeddingSize, projection: "embeddings_project" }),
    outputs: [],
  };
}

/** The classifiers' own layers: GELU, whatever the encoder's activation is. */
function hidden(name: string, size: number): DenseStep {
  return { ...dense(name, size), activation: "gelu" };
}

function predictions(config: BertConfig): HeadOutput {
  return perToken(
    "logits",
    hidden("generator_predictions.dense", config.embeddingSize),
    { op: "layernorm", weight: "generator_predictions.LayerNorm" },
    {
      ...dense(config.tie_word_embeddings ? WORDS : "generator_lm_head", config.vocab_size),
      bias: "generator_lm_head.bias",
    },
  );
}

export const ELECTRA: Architecture = {
  modelType: "electra",
  baseClass: "ElectraModel",
  encoder,
  classes: {
    ElectraForSequenceClassification: {
      task: "text-classification",
      labelled: true,
      outputs: (config) => [
        fromFirst(
          "logits",
          hidden("classifier.dense", config.hidden_size),
          dense("classifier.out_proj", config.num_labels),
        ),
      ],
    },
    ElectraForTokenClassification: {
      task: "token-classification",
      labelled: true,
      outputs: ({ num_labels }) => [perToken("logits", dense("classifier", num_labels))],
    },
    ElectraForQuestionAnswering: {
      task: "question-answering",
      outputs: () => [perToken("logits", dense("qa_outputs", 2))],
    },
    ElectraForMultipleChoice: {
      task: "multiple-choice",
      outputs: (config) => [
        fromFirst("logits", hidden("sequence_summary.summary", config.hidden_size), dense("classifier", 1)),
      ],
    },
    ElectraForMaskedLM: { task: "fill-mask", outputs: (config) => [predictions(config)] },
    ElectraForCausalLM: { task: "text-generation", outputs: (config) => [predictions(config)] },
    ElectraForPreTraining: {
      task: "replaced-tokens",
      outputs: (config) => [
        perToken(
          "logits",
          { ...dense("discriminator_predictions.dense", config.hidden_size), activation: config.hidden_act },
          dense("discriminator_predictions.dense_prediction", 1),
        ),
      ],
    },
  },
  aliases: {},
  names: {
    prefix: "electra.",
    renames: [],
    ignored: ["embeddings.position_ids", "embeddings.token_type_ids"],
    shared: new Map([["generator_lm_head.weight", `${WORDS}.weight`]]),
    tensorflow: tensorflowNames(
      ...["embeddings_project", "embeddings", "encoder", "classifier", "qa_outputs", "sequence_summary"],
      ...["generator_predictions", "generator_lm_head", "discriminator_predictions"],
    ),
    flax: FLAX_NAMES,
  },
};

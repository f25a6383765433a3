// RoBERTa as data (Liu et al. 2019), and XLM-R (Conneau et al. 2020) and CamemBERT (Martin et al. 2020), which differ in their names and
// vocabularies: BERT with shifted positions and with heads of its own. After transformers 4.46.3.
import type { Architecture } from "./architecture.ts";
import { bertEncoder, pooler, WORDS } from "./bert.ts";
import type { BertConfig } from "./config.ts";
import type { EncoderSpec } from "./encoder-spec.ts";
import type { HeadOutput } from "./head-spec.ts";
import { dense, FLAX_NAMES, fromFirst, perToken, tensorflowNames } from "./parts.ts";

/** BERT's, but a text's first position is the one after the padding's. */
function encoder(config: BertConfig): EncoderSpec {
  const spec = bertEncoder(config);
  const embeddings = spec.embeddings.map((table) =>
    table.index === "positions" ? { ...table, offset: config.pad_token_id + 1 } : table,
  );
  return { ...spec, embeddings };
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

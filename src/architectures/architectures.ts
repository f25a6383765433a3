// The classes that a checkpoint can be of: for each, how its outputs follow from the encoder's, with tensor names as in its checkpoints.
// Data only; what the outputs mean is in src/heads/.
import type { BertConfig } from "./config.ts";
import { type DenseStep, type HeadOutput, type HeadSpec, headKind } from "./head-spec.ts";

interface Architecture {
  /** The task, as the Hub names it. */
  readonly task: string;
  /** Whether the outputs are one number a label of the config. */
  readonly labelled?: true;
  outputs(config: BertConfig): HeadOutput[];
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  BertForSequenceClassification: {
    task: "text-classification",
    labelled: true,
    outputs: ({ num_labels }) => [pooled("logits", dense("classifier", num_labels))],
  },
  BertForTokenClassification: {
    task: "token-classification",
    labelled: true,
    outputs: ({ num_labels }) => [everyToken("logits", dense("classifier", num_labels))],
  },
  BertForQuestionAnswering: {
    task: "question-answering",
    outputs: () => [everyToken("logits", dense("qa_outputs", 2))],
  },
  BertForMultipleChoice: {
    task: "multiple-choice",
    outputs: () => [pooled("logits", dense("classifier", 1))],
  },
  BertForNextSentencePrediction: {
    task: "next-sentence-prediction",
    outputs: () => [pooled("logits", dense("cls.seq_relationship", 2))],
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
      pooled("seq_relationship_logits", dense("cls.seq_relationship", 2)),
    ],
  },
};

/**
 * A head of the named class; its labels and problem type are those of `config`. Undefined for a class that is not here.
 *
 * @example
 * headSpec("BertForNextSentencePrediction", config)?.name; // "next-sentence-prediction"
 */
export function headSpec(architecture: string, config: BertConfig, name?: string): HeadSpec | undefined {
  if (!Object.hasOwn(ARCHITECTURES, architecture)) return undefined;
  const { task, labelled, outputs } = ARCHITECTURES[architecture]!;
  return {
    name: name ?? task,
    architecture,
    kind: headKind(architecture)!,
    task,
    labels: labelled ? [...config.id2label] : [],
    problem_type: config.problem_type,
    outputs: outputs(config),
  };
}

function pooled(name: string, step: DenseStep): HeadOutput {
  return { name, from: "pooler_output", steps: [step] };
}

function everyToken(name: string, step: DenseStep): HeadOutput {
  return { name, from: "last_hidden_state", steps: [step] };
}

/** x·W + b. */
function dense(weight: string, size: number): DenseStep {
  return { op: "dense", weight, bias: `${weight}.bias`, size, activation: "none" };
}

/** Transform, LayerNorm, and a product with the vocabulary: tied to the word embeddings, or with a matrix of its own. */
function predictions(name: string, config: BertConfig): HeadOutput {
  const at = "cls.predictions";
  const decoder = config.tie_word_embeddings ? "embeddings.word_embeddings" : `${at}.decoder`;
  return {
    name,
    from: "last_hidden_state",
    steps: [
      { ...dense(`${at}.transform.dense`, config.hidden_size), activation: config.hidden_act },
      { op: "layernorm", weight: `${at}.transform.LayerNorm` },
      { ...dense(decoder, config.vocab_size), bias: `${at}.bias` },
    ],
  };
}

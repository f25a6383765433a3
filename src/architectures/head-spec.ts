// What a packed model says of a head: its task, its labels, and how its outputs follow from the encoder's. Data only: a session
// computes any head from it, and src/heads/ knows what the numbers mean.
import * as v from "valibot";

const denseSchema = v.object({
  op: v.literal("dense"),
  /** Name of the matrix, without `.weight`; a name under `embeddings.` is tied to the encoder's table. */
  weight: v.string(),
  /** Name of the bias. */
  bias: v.string(),
  size: v.pipe(v.number(), v.integer(), v.minValue(1)),
  activation: v.picklist(["none", "gelu", "gelu_new", "relu", "silu", "tanh"]),
});
const layerNormSchema = v.object({
  op: v.literal("layernorm"),
  /** Name of the normalisation, without `.weight` and `.bias`. */
  weight: v.string(),
});
const outputSchema = v.object({
  name: v.string(),
  from: v.picklist(["pooler_output", "last_hidden_state"]),
  steps: v.pipe(
    v.array(v.variant("op", [denseSchema, layerNormSchema])),
    v.check((steps) => steps.at(-1)?.op === "dense", "the last step must be dense"),
  ),
});

const KINDS = {
  ForSequenceClassification: "sequence-classification",
  ForTokenClassification: "token-classification",
  ForQuestionAnswering: "question-answering",
  ForMaskedLM: "masked-lm",
  LMHeadModel: "causal-lm",
  ForCausalLM: "causal-lm",
  ForNextSentencePrediction: "next-sentence",
  ForMultipleChoice: "multiple-choice",
  ForPreTraining: "pretraining",
} as const;

/** What a head computes, whichever family of models it belongs to. Code that reads answers asks this, never the class name. */
export type HeadKind = (typeof KINDS)[keyof typeof KINDS];

export const HEAD_KINDS: readonly HeadKind[] = [...new Set(Object.values(KINDS))];

/**
 * The kind of head that a class of the reference has, of any family and framework. Undefined for a class without a head.
 *
 * @example
 * headKind("TFBertForMaskedLM"); // "masked-lm"
 */
export function headKind(architecture: string): HeadKind | undefined {
  return Object.entries(KINDS).find(([suffix]) => architecture.endsWith(suffix))?.[1];
}

/** What a head can be named: it is part of tensors' and outputs' names. */
export const HEAD_NAME = /^[\w-]+$/;

export const headSpecSchema = v.object({
  name: v.pipe(v.string(), v.regex(HEAD_NAME)),
  architecture: v.string(),
  kind: v.picklist(HEAD_KINDS),
  task: v.string(),
  labels: v.array(v.string()),
  problem_type: v.nullable(v.picklist(["regression", "single_label_classification", "multi_label_classification"])),
  outputs: v.pipe(v.array(outputSchema), v.minLength(1)),
});

/** One head. Its outputs are fetched as `<head>.<output>`, for example `sentiment.logits`. */
export type HeadSpec = v.InferOutput<typeof headSpecSchema>;
/** One output: the rows it starts from, [CLS] pooled or every token, and the steps to it. */
export type HeadOutput = v.InferOutput<typeof outputSchema>;
export type HeadStep = HeadOutput["steps"][number];
export type DenseStep = v.InferOutput<typeof denseSchema>;

/** The width of an output: the size of its last dense step. */
export function outputSize(output: HeadOutput, hiddenSize: number): number {
  return output.steps.reduce((size, step) => (step.op === "dense" ? step.size : size), hiddenSize);
}

/** The tensors that a head adds to the encoder's, with their shapes. */
export function headShapes(spec: HeadSpec, hiddenSize: number): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const { steps } of spec.outputs) {
    let width = hiddenSize;
    for (const step of steps) {
      if (step.op === "layernorm") shapes.set(`${step.weight}.weight`, [width]).set(`${step.weight}.bias`, [width]);
      else {
        if (!isTied(step)) shapes.set(`${step.weight}.weight`, [step.size, width]);
        shapes.set(step.bias, [step.size]);
        width = step.size;
      }
    }
  }
  return shapes;
}

/** Whether the step multiplies by one of the encoder's own tables. */
export function isTied(step: DenseStep): boolean {
  return step.weight.startsWith("embeddings.");
}

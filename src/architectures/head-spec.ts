// What a packed model says of a head: its kind, its labels, and how its outputs follow from the encoder's. Data only: a session
// computes any head from it, and src/heads/ knows what the numbers mean.
import * as v from "valibot";
import { ACTIVATIONS } from "./activations.ts";

const MAX_SIZE = 2 ** 31 - 1;
export const sizeSchema = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SIZE));

const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));

const denseSchema = v.object({
  op: v.literal("dense"),
  /** Name of the matrix [size, width], without `.weight`. */
  weight: v.string(),
  /** Name of the bias [size]. */
  bias: v.string(),
  size: sizeSchema,
  activation: v.picklist(ACTIVATIONS),
});
const layerNormSchema = v.object({
  op: v.literal("layernorm"),
  /** Name of the normalisation, without `.weight` and `.bias`. */
  weight: v.string(),
  /** The encoder's when left out. */
  epsilon: v.optional(positive),
});
/** Scales each row to length 1. */
const normalizeSchema = v.object({ op: v.literal("normalize") });

export const stepSchema = v.variant("op", [denseSchema, layerNormSchema, normalizeSchema]);
/** One operation on rows of vectors. A name that the encoder has, too, means the encoder's own tensor: the pooler, a table. */
export type HeadStep = v.InferOutput<typeof stepSchema>;
export type DenseStep = v.InferOutput<typeof denseSchema>;

/**
 * How the vectors of a text's tokens become one, as in sentence-transformers: the first token's, the last one's, each dimension's
 * maximum, the mean, the sum over the square root of the token count, or the mean with weights 1, 2, 3, …
 */
export const POOLINGS = ["cls", "lasttoken", "max", "mean", "mean_sqrt_len_tokens", "weightedmean"] as const;
export type PoolingMode = (typeof POOLINGS)[number];

export const outputSchema = v.object({
  name: v.string(),
  /** The rows that the steps begin with: every token's hidden state, or one vector per text. */
  from: v.picklist(["token", ...POOLINGS]),
  steps: v.pipe(
    v.array(stepSchema),
    v.check((steps) => steps.at(-1)?.op === "dense", "the last step must be dense"),
  ),
});
export type HeadOutput = v.InferOutput<typeof outputSchema>;
/** Where an output begins. The pooler of BERT is `{ from: "cls", steps: [dense with tanh] }`. */
export type From = HeadOutput["from"];

const KINDS = {
  ForSequenceClassification: "sequence-classification",
  ForTokenClassification: "token-classification",
  ForQuestionAnswering: "question-answering",
  ForMaskedLM: "masked-lm",
  LMHeadModel: "causal-lm",
  ForCausalLM: "causal-lm",
  ForNextSentencePrediction: "next-sentence",
  ForMultipleChoice: "multiple-choice",
  ElectraForPreTraining: "replaced-tokens",
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

/** The strategies by which tokens become entities, as in the reference's pipeline. */
export const AGGREGATIONS = ["none", "simple", "first", "average", "max"] as const;

const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** What a head's author decides about its answers, beside its weights. */
export const headSettingsSchema = v.object({
  /** How a token classifier's tokens are joined when a request does not say. */
  default_aggregation: v.optional(v.picklist(AGGREGATIONS)),
  /** The score per label, in the order of the labels, below which an answer is not supported. */
  thresholds: v.optional(v.array(probability)),
  /** Logits are divided by it before they become probabilities. */
  temperature: v.optional(positive),
  /** How a classifier that chooses one label tells texts that none of its labels fits. */
  out_of_scope: v.optional(
    v.object({
      /** A text whose log-sum-exp of the logits (Liu et al. 2020) is below it. */
      energy: v.pipe(v.number(), v.finite()),
      /** The label that means the same; its logit does not count in the sum. */
      label: v.optional(v.string()),
    }),
  ),
  /** How far probabilities are off (expected calibration error), on texts that the weights were not fitted to. */
  calibration_error: v.optional(probability),
});
export type HeadSettings = v.InferOutput<typeof headSettingsSchema>;

/** What a head can be named: it is part of the names of tensors and outputs. */
export const HEAD_NAME = /^[\w-]+$/;

export const headSpecSchema = v.pipe(
  v.object({
    name: v.pipe(v.string(), v.regex(HEAD_NAME)),
    architecture: v.string(),
    kind: v.picklist(HEAD_KINDS),
    task: v.string(),
    labels: v.array(v.string()),
    problem_type: v.nullable(v.picklist(["regression", "single_label_classification", "multi_label_classification"])),
    outputs: v.pipe(v.array(outputSchema), v.minLength(1)),
    ...headSettingsSchema.entries,
    /** Of a causal head: how tokens are chosen when a caller does not say. Checked where the file is read, and as options when they are used. */
    generation: v.optional(v.looseObject({})),
  }),
  v.check(
    ({ labels, thresholds }) => thresholds === undefined || thresholds.length === labels.length,
    "there must be one threshold per label",
  ),
);

/** One head. Its outputs are fetched as `<head>.<output>`, for example `sentiment.logits`. */
export type HeadSpec = v.InferOutput<typeof headSpecSchema>;

/** The width of a row after the steps, which begin with rows of `width`. */
export function stepsWidth(steps: readonly HeadStep[], width: number): number {
  return steps.reduce((before, step) => (step.op === "dense" ? step.size : before), width);
}

/** The tensors that the steps use, with their shapes; they begin with rows of `width`. */
export function stepShapes(steps: readonly HeadStep[], width: number): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  let size = width;
  for (const step of steps) {
    if (step.op === "layernorm") shapes.set(`${step.weight}.weight`, [size]).set(`${step.weight}.bias`, [size]);
    if (step.op !== "dense") continue;
    shapes.set(`${step.weight}.weight`, [step.size, size]).set(step.bias, [step.size]);
    size = step.size;
  }
  return shapes;
}

/** The steps with other names for their tensors. `rename` is given the whole name, `.weight` and `.bias` included. */
export function renameSteps(steps: readonly HeadStep[], rename: (tensor: string) => string): HeadStep[] {
  const base = (weight: string) => rename(`${weight}.weight`).slice(0, -".weight".length);
  return steps.map((step) => {
    if (step.op === "normalize") return step;
    if (step.op === "layernorm") return { ...step, weight: base(step.weight) };
    return { ...step, weight: base(step.weight), bias: rename(step.bias) };
  });
}

/** Every tensor that a head's outputs use, with its shape: its own, and those of the encoder that it shares. */
export function headShapes(spec: Pick<HeadSpec, "outputs">, hiddenSize: number): Map<string, readonly number[]> {
  return new Map(spec.outputs.flatMap(({ steps }) => [...stepShapes(steps, hiddenSize)]));
}

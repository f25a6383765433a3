// From labelled texts to a head: the encoder stays as it is, and a linear head is fitted to the vectors of the texts. The head is a part of the
// model like any other, and shares the encoder's pass with them.
import type { HeadSettings, HeadSpec, PoolingMode } from "../architectures/head-spec.ts";
import { HEAD_NAME, POOLINGS } from "../architectures/head-spec.ts";
import type { HeadInput } from "../checkpoint/checkpoint.ts";
import { BertletError } from "../errors.ts";
import { normalized } from "../heads/embedding.ts";
import { argmax } from "../heads/scores.ts";
import type { LoadedModel } from "../models/loaded-model.ts";
import {
  anything,
  checkOptions,
  flag,
  integerFrom,
  natural,
  numberThat,
  type OptionTable,
  oneOf,
  text,
} from "../options.ts";
import type { TensorView } from "../safetensors.ts";
import { fitEnergy, fitThresholds } from "./abstention.ts";
import { type ClassReport, evaluateClasses } from "./evaluate-classes.ts";
import { stratifiedFolds } from "./folds.ts";
import {
  balancedWeights,
  type FitOptions,
  fitMultiLabel,
  fitMultinomial,
  fitRegression,
  type LinearHead,
  logitsOf,
  pickRows,
  pickVectors,
  type Vectors,
} from "./linear-head.ts";
import { readVectors, type TextVectors } from "./read-vectors.ts";

/** A text with its label; several labels, for a head that may give several; or a number, for a head that gives numbers. */
export interface Example {
  readonly text: string;
  readonly label: string | readonly string[] | number;
  /**
   * How probable each label is, for an example with one label of which its teacher was not certain (Hinton, Vinyals and Dean, Distilling the
   * Knowledge in a Neural Network, 2015). `label` is then the most probable. Labels that are no example's label do not count.
   */
  readonly probabilities?: ReadonlyMap<string, number> | undefined;
}

export interface TrainHeadOptions {
  /** What the head is called: letters, digits, _ and -. */
  readonly name: string;
  /**
   * How a text's vector is pooled. When left out, as the model's files say; the mean for a model that joins several poolings. The model's
   * prompts, and layers behind the pooling, are not used.
   */
  readonly pooling?: PoolingMode | undefined;
  /** How much the examples count against the size of the weights; 10 when left out. */
  readonly strength?: number | undefined;
  /** Whether every label counts the same, however many examples it has; false when left out. */
  readonly balanced?: boolean | undefined;
  /** Parts that are held back in turn to measure and calibrate the head; 5 when left out, 0 for no measurement. */
  readonly folds?: number | undefined;
  /** How often answers of each label should be right where the head does not abstain; without it, it abstains by energy alone. */
  readonly precision?: number | undefined;
  /** Of the folds; 0 when left out. The same seed gives the same head. */
  readonly seed?: number | undefined;
  /** Called after some texts have been encoded. */
  readonly onProgress?: ((done: number, all: number) => void) | undefined;
  /** Awaited again and again while the head is trained, for the caller to let others run. */
  readonly between?: (() => Promise<void>) | undefined;
}

const OPTIONS: OptionTable<TrainHeadOptions> = {
  name: text,
  pooling: oneOf(...POOLINGS),
  strength: numberThat("a number above 0", (value) => value > 0),
  balanced: flag,
  folds: { expected: "0, or a whole number of at least 2", fits: (value) => value === 0 || integerFrom(2).fits(value) },
  precision: numberThat("a number above 0 and at most 1", (value) => value > 0 && value <= 1),
  seed: natural,
  onProgress: anything,
  between: anything,
};

/** A head for `addHead`, and what is known of it. */
export interface TrainedHead extends HeadInput {
  /** Measured on the folds that were held back; undefined for heads of numbers or several labels, and without folds. */
  readonly report: ClassReport | undefined;
  /** [N]: the label that each example was given while it was held back; undefined where there is no report. */
  readonly answers: Int32Array | undefined;
  /** [N][labels]: the logits of each example while it was held back, before the temperature; undefined where there is no report. */
  readonly logits: Float32Array | undefined;
  /** How many texts have more tokens than the model takes; the rest of them was not read. */
  readonly truncated: number;
}

/**
 * @throws BertletError `invalid_input` for options or examples that do not make a head
 * @example
 * const model = await loadPretrained(file);
 * const head = await trainHead(model, [{ text: "late again", label: "delivery" }, …], { name: "topic" });
 * const larger = await addHead(file, head);
 */
export async function trainHead(
  model: LoadedModel,
  examples: readonly Example[],
  options: TrainHeadOptions,
): Promise<TrainedHead> {
  return (await trainWithVectors(model, examples, options)).head;
}

/**
 * {@link trainHead}, with the vectors of the texts, for what else is to be known of the examples.
 * @throws BertletError as {@link trainHead}
 */
export async function trainWithVectors(
  model: LoadedModel,
  examples: readonly Example[],
  options: TrainHeadOptions,
): Promise<{ readonly head: TrainedHead; readonly vectors: Vectors }> {
  checkOptions(options, OPTIONS);
  problemOf(examples);
  const pooling = options.pooling ?? poolingOf(model);
  const vectors = await encodeExamples(model, examples, pooling, options);
  const head = await fitHead(vectors, examples, { ...options, pooling });
  return { head: { ...head, truncated: vectors.truncated }, vectors };
}

/** How a head pools a text's vector when nobody says otherwise. */
export function poolingOf({ embedding }: Pick<LoadedModel, "embedding">): PoolingMode {
  return embedding.pooling.length === 1 ? embedding.pooling[0]! : "mean";
}

/**
 * The head of examples whose vectors are known already.
 * @param vectors of the texts, at length 1, by {@link encodeExamples}
 * @throws BertletError as {@link trainHead}
 */
export async function fitHead(
  vectors: Vectors,
  examples: readonly Example[],
  options: TrainHeadOptions & { readonly pooling: PoolingMode },
): Promise<Omit<TrainedHead, "truncated">> {
  if (!HEAD_NAME.test(options.name))
    throw invalid(`name must consist of letters, digits, _ and -, and not be ${JSON.stringify(options.name)}`);
  const problem = problemOf(examples);
  const fitted = await FITS[problem](vectors, examples, options);
  const { report, answers, logits } = fitted;
  return { ...headOf(fitted, problem, options.pooling, vectors.width, options.name), report, answers, logits };
}

type Problem = Exclude<HeadSpec["problem_type"], null>;

function problemOf(examples: readonly Example[]): Problem {
  if (examples.length === 0) throw invalid("there are no examples");
  const kind = kindOf(examples[0]!);
  for (const [index, example] of examples.entries()) {
    if (typeof example.text !== "string" || example.text.trim() === "") throw invalid(`example ${index} has no text`);
    if (kindOf(example) !== kind) throw invalid(`example ${index} has another kind of label than the first one`);
    if (typeof example.label === "number" && !Number.isFinite(example.label))
      throw invalid(`the label of example ${index} is not finite`);
    checkProbabilities(example, index);
    if ([example.label].flat().includes("")) throw invalid(`example ${index} has an empty label`);
  }
  return kind;
}

function checkProbabilities({ label, probabilities }: Example, index: number): void {
  if (!probabilities) return;
  if (typeof label !== "string") throw invalid(`example ${index} has probabilities, but not one label`);
  if (![...probabilities.values()].every((p) => p >= 0 && p <= 1) || !((probabilities.get(label) ?? 0) > 0))
    throw invalid(`the probabilities of example ${index} must be from 0 to 1, and that of its label above 0`);
}

function kindOf({ label }: Example): Problem {
  if (typeof label === "number") return "regression";
  return typeof label === "string" ? "single_label_classification" : "multi_label_classification";
}

/** The vectors of the texts, at length 1. */
export async function encodeExamples(
  model: LoadedModel,
  examples: readonly Example[],
  pooling: PoolingMode,
  { onProgress, between }: Pick<TrainHeadOptions, "onProgress" | "between"> = {},
): Promise<TextVectors> {
  const texts = examples.map(({ text }) => text);
  const vectors = await readVectors(model, `pooled.${pooling}`, texts, onProgress, between);
  const { values, width } = vectors;
  for (let from = 0; from < values.length; from += width)
    values.set(normalized(values.subarray(from, from + width)), from);
  return vectors;
}

interface Fitted {
  readonly head: LinearHead;
  readonly labels: readonly string[];
  readonly settings?: HeadSettings | undefined;
  readonly report?: ClassReport | undefined;
  readonly answers?: Int32Array | undefined;
  readonly logits?: Float32Array | undefined;
}

type Fit = (vectors: Vectors, examples: readonly Example[], options: TrainHeadOptions) => Fitted | Promise<Fitted>;

const FITS: Readonly<Record<Problem, Fit>> = {
  async single_label_classification(vectors, examples, options) {
    const labels = namesOf(examples);
    if (labels.length < 2) throw invalid(`there is one label, ${labels[0]}; a head needs two or more`);
    const indices = Int32Array.from(examples, ({ label }) => labels.indexOf(label as string));
    const K = labels.length;
    const targets = targetsOf(examples, labels);
    const { folds = 5, seed = 0 } = options;
    if (folds === 0) return { head: await fitClasses(vectors, indices, K, options, { targets }), labels };
    const { logits, heads } = await heldBack(
      vectors,
      indices,
      K,
      stratifiedFolds(Array.from(indices), folds, seed),
      options,
      targets,
    );
    // The heads of the folds are close to the one of all examples; they do not know of each other, and are measured before.
    const head = await fitClasses(vectors, indices, K, options, { start: meanHead(heads), targets });
    const report = evaluateClasses(logits, indices, labels);
    const answers = indices.map((_, n) => argmax(logits.subarray(n * K, (n + 1) * K)));
    const { temperature, calibration_error } = report;
    const settings = {
      temperature,
      calibration_error: calibration_error[1],
      out_of_scope: { energy: fitEnergy(logits, indices, labels) },
      ...(options.precision !== undefined && {
        thresholds: fitThresholds(logits, indices, K, temperature, options.precision),
      }),
    };
    return { head, labels, report, answers, logits, settings };
  },
  multi_label_classification(vectors, examples, options) {
    const labels = namesOf(examples);
    const targets = new Uint8Array(examples.length * labels.length);
    for (const [n, { label }] of examples.entries())
      for (const name of label as readonly string[]) targets[n * labels.length + labels.indexOf(name)] = 1;
    return { head: fitMultiLabel(vectors, targets, labels.length, options), labels };
  },
  regression(vectors, examples, options) {
    const targets = Float64Array.from(examples, ({ label }) => label as number);
    return { head: fitRegression(vectors, targets, options), labels: ["LABEL_0"] };
  },
};

/** All labels, in alphabetical order, so that the order of the examples does not matter. */
function namesOf(examples: readonly Example[]): readonly string[] {
  const names = [...new Set(examples.flatMap(({ label }) => label as string | readonly string[]))].toSorted();
  if (names.length === 0) throw invalid("no example has a label");
  return names;
}

/** [N][K]; undefined where every label is certain. */
function targetsOf(examples: readonly Example[], labels: readonly string[]): Float32Array | undefined {
  if (!examples.some(({ probabilities }) => probabilities)) return undefined;
  const K = labels.length;
  const targets = new Float32Array(examples.length * K);
  for (const [n, { label, probabilities = new Map([[label as string, 1]]) }] of examples.entries()) {
    const row = labels.map((name) => probabilities.get(name) ?? 0);
    const sum = row.reduce((total, p) => total + p, 0);
    targets.set(
      row.map((p) => p / sum),
      n * K,
    );
  }
  return targets;
}

async function fitClasses(
  vectors: Vectors,
  labels: Int32Array,
  K: number,
  { strength, balanced, between }: TrainHeadOptions,
  rest: Pick<FitOptions, "start" | "tolerance" | "targets"> = {},
): Promise<LinearHead> {
  const exampleWeights = balanced ? balancedWeights(labels, K) : undefined;
  return fitMultinomial(vectors, labels, K, { strength, exampleWeights, between, ...rest });
}

function meanHead(heads: readonly LinearHead[]): LinearHead {
  const mean = (key: keyof LinearHead) =>
    heads[0]![key].map((_, i) => heads.reduce((sum, head) => sum + head[key][i]!, 0) / heads.length);
  return { weight: mean("weight"), bias: mean("bias") };
}

// Beyond it, what is measured does not change.
const MEASURED_TOLERANCE = 3e-4;

/** A head per fold, fitted without it, and [N][K] each example's logits from the one that has not seen it. */
async function heldBack(
  vectors: Vectors,
  labels: Int32Array,
  K: number,
  folds: Int32Array,
  options: TrainHeadOptions,
  targets: Float32Array | undefined,
): Promise<{ readonly logits: Float32Array; readonly heads: readonly LinearHead[] }> {
  const logits = new Float32Array(labels.length * K);
  const heads: LinearHead[] = [];
  for (const fold of new Set(folds)) {
    const [kept, held]: [number[], number[]] = [[], []];
    for (const index of labels.keys()) (folds[index] === fold ? held : kept).push(index);
    const head = await fitClasses(
      pickVectors(vectors, kept),
      Int32Array.from(kept, (index) => labels[index]!),
      K,
      options,
      { tolerance: MEASURED_TOLERANCE, targets: targets && pickRows(targets, K, kept) },
    );
    heads.push(head);
    const found = logitsOf(pickVectors(vectors, held), head);
    for (const [at, index] of held.entries()) logits.set(found.subarray(at * K, (at + 1) * K), index * K);
  }
  return { logits, heads };
}

function headOf(
  { head, labels, settings }: Fitted,
  problem_type: Problem,
  from: PoolingMode,
  H: number,
  name: string,
): HeadInput {
  const K = labels.length;
  const dense = { op: "dense", weight: "classifier", bias: "classifier.bias", size: K, activation: "none" } as const;
  const spec: HeadSpec = {
    name,
    architecture: "BertForSequenceClassification",
    kind: "sequence-classification",
    task: "text-classification",
    labels: [...labels],
    problem_type,
    outputs: [{ name: "logits", from, steps: [{ op: "normalize" }, dense] }],
    ...settings,
  };
  const tensors = new Map<string, TensorView>([
    ["classifier.weight", f32([K, H], head.weight)],
    ["classifier.bias", f32([K], head.bias)],
  ]);
  return { spec, tensors };
}

function f32(shape: readonly number[], values: Float32Array): TensorView {
  return { dtype: "F32", shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}

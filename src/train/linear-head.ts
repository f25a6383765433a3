// Linear heads on frozen vectors, as scikit-learn fits them: multinomial logistic regression, one logistic regression per label, and ridge
// regression. The strength C is the weight of the data against half the squared weights; biases are free.
//
// Letters: N examples, H the width of a vector, K labels.
import { addPenalty, crossEntropy } from "./cross-entropy.ts";
import { minimize, minimizeInTurns, type Objective } from "./lbfgs.ts";

/** Vectors side by side, [N][H]. */
export interface Vectors {
  readonly values: Float32Array;
  /** H */
  readonly width: number;
}

export interface FitOptions {
  /** How much the examples count against the size of the weights; 10 when left out. */
  readonly strength?: number | undefined;
  /** [N]: how much each example counts; 1 when left out. */
  readonly exampleWeights?: Float64Array | undefined;
  /** [N][K]: how probable each label of a multinomial fit is, in the place of one label that is certain; each row sums to 1. */
  readonly targets?: Float32Array | undefined;
  /** Of the gradient, relative to the number of examples; 1e-5 when left out. */
  readonly tolerance?: number | undefined;
  /** Where a multinomial fit begins; weights of 0 when left out. It ends at the same head. */
  readonly start?: LinearHead | undefined;
  /** Awaited between the steps of a multinomial fit, for the caller to let others run. */
  readonly between?: (() => Promise<void>) | undefined;
}

/** logits = weight·vector + bias. */
export interface LinearHead {
  /** [K][H] */
  readonly weight: Float32Array;
  /** [K] */
  readonly bias: Float32Array;
}

const STRENGTH = 10;

/**
 * One of K labels per example: minimises C·Σ cross entropy + ½·Σ weight².
 * @param labels [N], each from 0 to K − 1
 * @example
 * const { weight, bias } = await fitMultinomial({ values: Float32Array.of(0, 1), width: 1 }, Int32Array.of(0, 1), 2);
 */
export async function fitMultinomial(
  vectors: Vectors,
  labels: Int32Array,
  K: number,
  options: FitOptions = {},
): Promise<LinearHead> {
  const { exampleWeights, targets } = options;
  const penalty = penaltyOf(options, labels.length);
  const objective = await crossEntropy({ vectors, labels, K, targets, exampleWeights, penalty });
  const { tolerance, start, between = async () => {} } = options;
  const { point } = await minimizeInTurns(objective, toPoint(start, K, vectors.width), { tolerance }, between);
  return toHead(point, K, vectors.width);
}

/**
 * Any number of K labels per example: one logistic regression for each.
 * @param labels [N][K], ones and zeros
 */
export function fitMultiLabel(vectors: Vectors, labels: Uint8Array, K: number, options: FitOptions = {}): LinearHead {
  const { width: H } = vectors;
  const weight = new Float32Array(K * H);
  const bias = new Float32Array(K);
  for (let k = 0; k < K; k++) {
    const own = Float64Array.from({ length: labels.length / K }, (_, n) => labels[n * K + k]!);
    const head = solve(binary(vectors, own, options), 1, H, options);
    weight.set(head.weight, k * H);
    bias[k] = head.bias[0]!;
  }
  return { weight, bias };
}

/** A number per example: least squares with ½/C·Σ weight² (ridge, alpha = 1/C), by the normal equations of the centred data. */
export function fitRegression(vectors: Vectors, targets: Float64Array, options: FitOptions = {}): LinearHead {
  const { values, width: H } = vectors;
  const N = targets.length;
  const { strength = STRENGTH, exampleWeights = new Float64Array(N).fill(1) } = options;
  const total = exampleWeights.reduce((sum, weight) => sum + weight, 0);
  const mean = new Float64Array(H);
  let targetMean = 0;
  for (let n = 0; n < N; n++) {
    const share = exampleWeights[n]! / total;
    targetMean += share * targets[n]!;
    for (let h = 0; h < H; h++) mean[h]! += share * values[n * H + h]!;
  }
  const matrix = new Float64Array(H * H);
  const right = new Float64Array(H);
  const centred = new Float64Array(H);
  for (let n = 0; n < N; n++) {
    for (let h = 0; h < H; h++) centred[h] = values[n * H + h]! - mean[h]!;
    for (let i = 0; i < H; i++) {
      const scaled = exampleWeights[n]! * centred[i]!;
      right[i]! += scaled * (targets[n]! - targetMean);
      for (let j = 0; j <= i; j++) matrix[i * H + j]! += scaled * centred[j]!;
    }
  }
  for (let h = 0; h < H; h++) matrix[h * H + h]! += 1 / strength;
  const weight = solveCholesky(matrix, right, H);
  const bias = targetMean - weight.reduce((sum, w, h) => sum + w * mean[h]!, 0);
  return { weight: Float32Array.from(weight), bias: Float32Array.of(bias) };
}

/** The vectors at these indices, in this order. */
export function pickVectors({ values, width }: Vectors, indices: readonly number[]): Vectors {
  return { values: pickRows(values, width, indices), width };
}

/** The rows at these indices, in this order, each of `width` values. */
export function pickRows(values: Float32Array, width: number, indices: readonly number[]): Float32Array {
  const picked = new Float32Array(indices.length * width);
  for (const [at, index] of indices.entries())
    picked.set(values.subarray(index * width, (index + 1) * width), at * width);
  return picked;
}

/** [N][K]: the logits of every vector. */
export function logitsOf({ values, width: H }: Vectors, { weight, bias }: LinearHead): Float32Array {
  const K = bias.length;
  const N = values.length / H;
  const logits = new Float32Array(N * K);
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      let sum = bias[k]!;
      for (let h = 0; h < H; h++) sum += weight[k * H + h]! * values[n * H + h]!;
      logits[n * K + k] = sum;
    }
  }
  return logits;
}

/** [N]: weights by which every label counts the same, as scikit-learn's "balanced": N / (K · examples of the label). */
export function balancedWeights(labels: Int32Array, K: number): Float64Array {
  const counts = new Float64Array(K);
  for (const label of labels) counts[label]!++;
  return Float64Array.from(labels, (label) => labels.length / (K * counts[label]!));
}

/** Variables: [K][H + 1], the bias last. The objective is divided by C·N, so that a tolerance means the same for any number of examples. */
function solve(objective: Objective, K: number, H: number, { tolerance }: FitOptions): LinearHead {
  return toHead(minimize(objective, new Float64Array(K * (H + 1)), { tolerance }).point, K, H);
}

/** The variables of a head: [K][H + 1], the bias last. */
function toPoint(head: LinearHead | undefined, K: number, H: number): Float64Array {
  const point = new Float64Array(K * (H + 1));
  for (let k = 0; head && k < K; k++) {
    point.set(head.weight.subarray(k * H, (k + 1) * H), k * (H + 1));
    point[k * (H + 1) + H] = head.bias[k]!;
  }
  return point;
}

function toHead(point: Float64Array, K: number, H: number): LinearHead {
  const weight = new Float32Array(K * H);
  const bias = new Float32Array(K);
  for (let k = 0; k < K; k++) {
    weight.set(point.subarray(k * (H + 1), k * (H + 1) + H), k * H);
    bias[k] = point[k * (H + 1) + H]!;
  }
  return { weight, bias };
}

function binary({ values, width: H }: Vectors, labels: Float64Array, options: FitOptions): Objective {
  const N = labels.length;
  const x = Float64Array.from(values);
  return (point, gradient) => {
    gradient.fill(0);
    let loss = 0;
    for (let n = 0; n < N; n++) {
      let logit = point[H]!;
      for (let h = 0; h < H; h++) logit += point[h]! * x[n * H + h]!;
      const weight = (options.exampleWeights?.[n] ?? 1) / N;
      // log(1 + e^z) − y·z, without overflow.
      loss += weight * (Math.max(logit, 0) + Math.log1p(Math.exp(-Math.abs(logit))) - labels[n]! * logit);
      const slope = weight * (1 / (1 + Math.exp(-logit)) - labels[n]!);
      for (let h = 0; h < H; h++) gradient[h]! += slope * x[n * H + h]!;
      gradient[H]! += slope;
    }
    return loss + addPenalty(point, gradient, H, penaltyOf(options, N));
  };
}

function penaltyOf({ strength = STRENGTH }: FitOptions, N: number): number {
  return 1 / (strength * N);
}

/** x of A·x = b for a positive definite A, of which the lower half is given and overwritten. */
function solveCholesky(a: Float64Array, b: Float64Array, size: number): Float64Array {
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= a[i * size + k]! * a[j * size + k]!;
      a[i * size + j] = i === j ? Math.sqrt(sum) : sum / a[j * size + j]!;
    }
  }
  const x = b.slice();
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) x[i]! -= a[i * size + k]! * x[k]!;
    x[i]! /= a[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) x[i]! -= a[k * size + i]! * x[k]!;
    x[i]! /= a[i * size + i]!;
  }
  return x;
}

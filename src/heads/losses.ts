// Losses of logits and labels, as the reference's classes return them. Labels of IGNORED take no part.
//
// Letters: N rows, C classes.

import type { HeadSpec } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { Tensor } from "../tensor.ts";
import { type Nested, toTensor } from "./inputs.ts";
import { columnOf, floats } from "./outputs.ts";
import { logSoftmax } from "./scores.ts";

/** Labels as a tensor or as nested numbers. */
export type Labels = Tensor | Nested;

/** Rows with this label take no part in a loss. */
export const IGNORED = -100;

/** A loss, a tensor of no dimensions. */
export function lossTensor(loss: number): Tensor {
  return new Tensor("float32", Float32Array.of(loss), []);
}

/** A label per row of logits [N, C] (or of more dimensions, the last of them C): the mean of −log softmax. NaN if all are ignored. */
export function tokenLoss(logits: Tensor, labels: Labels, mask?: Tensor): number {
  const outer = logits.dims.slice(0, -1);
  const classes = integers(labels, "labels", outer);
  checkMasked(classes, mask);
  return crossEntropy(floats(logits), classes, logits.dims.at(-1)!);
}

/** As tokenLoss, where the logits [batch, length, V] after a token are for the label of the next. */
export function nextTokenLoss(logits: Tensor, labels: Labels, mask?: Tensor): number {
  const [batch, length] = logits.dims as [number, number];
  const classes = integers(labels, "labels", [batch, length]);
  checkMasked(classes, mask);
  const next = classes.map((_, at) => ((at + 1) % length === 0 ? IGNORED : classes[at + 1]!));
  return crossEntropy(floats(logits), next, logits.dims.at(-1)!);
}

/** 1 for each token that was replaced and 0 for others, of the logits [batch, length, 1]: the mean over the tokens that count. */
export function replacedTokenLoss(logits: Tensor, labels: Labels, mask?: Tensor): number {
  const [batch, length] = logits.dims as [number, number];
  const replaced = integers(labels, "labels", [batch, length]);
  const values = floats(logits);
  const counted = mask ? Array.from(mask.data as Int32Array | BigInt64Array, Number) : undefined;
  let [sum, tokens] = [0, 0];
  for (const [at, label] of replaced.entries()) {
    if (counted?.[at] === 0) continue;
    if (label !== 0 && label !== 1) throw invalid(`a label of a token is 0 or 1, not ${label}`);
    sum += binaryCrossEntropy(values[at]!, label);
    tokens++;
  }
  return sum / tokens;
}

/** The mean of the losses of an answer's first and last token; positions beyond the row are ignored. */
export function spanLoss(logits: Tensor, starts: Labels, ends: Labels): number {
  const [batch, length] = logits.dims as [number, number];
  const losses = [starts, ends].map((positions, column) => {
    const name = column === 0 ? "start_positions" : "end_positions";
    const clamped = integers(positions, name, [batch]).map((at) => (at >= length ? IGNORED : Math.max(0, at)));
    return crossEntropy(floats(columnOf(logits, column)), clamped, length);
  });
  return (losses[0]! + losses[1]!) / 2;
}

/** The loss of a classifier of texts, by its problem type: mean squares, one class of C, or each of C by itself. Logits [N, C]. */
export function classifierLoss(logits: Tensor, labels: Labels, head: Pick<HeadSpec, "problem_type">): number {
  const [N, C] = logits.dims as [number, number];
  const problem = head.problem_type ?? problemOf(labels, C);
  if (problem === "single_label_classification") return tokenLoss(logits, labels);
  const wanted = numbers(labels, problem === "regression" && C === 1 ? [N] : [N, C]);
  const values = floats(logits);
  const term = problem === "regression" ? squaredError : binaryCrossEntropy;
  return wanted.reduce((sum, label, i) => sum + term(values[i]!, label), 0) / wanted.length;
}

/** As the reference guesses it: by the number of labels and the type of what is given. */
function problemOf(labels: Labels, C: number): NonNullable<HeadSpec["problem_type"]> {
  if (C === 1) return "regression";
  const single = toAnyTensor(labels).dims.length === 1;
  return single ? "single_label_classification" : "multi_label_classification";
}

function squaredError(value: number, label: number): number {
  return (value - label) ** 2;
}

/** −log σ(x) for label 1, −log(1 − σ(x)) for label 0, without overflow. */
function binaryCrossEntropy(value: number, label: number): number {
  return Math.max(value, 0) - value * label + Math.log1p(Math.exp(-Math.abs(value)));
}

/** Over logits [N][C]. @throws BertletError `invalid_input` for a label that is no class */
function crossEntropy(logits: Float32Array, labels: Int32Array, C: number): number {
  let sum = 0;
  let rows = 0;
  for (const [row, label] of labels.entries()) {
    if (label === IGNORED) continue;
    if (label < 0 || label >= C) throw invalid(`there is no class ${label}; there are ${C}, from 0`);
    sum -= logSoftmax(logits.subarray(row * C, (row + 1) * C))[label]!;
    rows++;
  }
  return sum / rows;
}

/** A session computes nothing at masked positions, and the reference what means nothing. */
function checkMasked(labels: Int32Array, mask: Tensor | undefined): void {
  if (!mask) return;
  const values = Array.from(mask.data as Int32Array | BigInt64Array, Number);
  const at = labels.findIndex((label, token) => label !== IGNORED && values[token] === 0);
  if (at >= 0) throw invalid(`labels holds ${labels[at]} at a masked position; ignored ones are ${IGNORED}`);
}

function integers(labels: Labels, name: string, dims: readonly number[]): Int32Array {
  const { data } = checkDims(toTensor(labels, name, "int32", dims.length), name, dims);
  return data instanceof Int32Array ? data : Int32Array.from(data as Iterable<number | bigint>, Number);
}

function numbers(labels: Labels, dims: readonly number[]): Float64Array {
  const [, ...inner] = dims;
  const tensor = toAnyTensor(labels);
  // One value per text may also be a column.
  const column = inner.length === 0 && tensor.dims.length === 2 && tensor.dims[1] === 1;
  if (!column) checkDims(tensor, "labels", dims);
  return Float64Array.from(tensor.data as Iterable<number | bigint>, Number);
}

function toAnyTensor(labels: Labels): Tensor {
  const rank = (nested: Nested): number => (Array.isArray(nested) ? 1 + rank(nested[0] ?? 0) : 0);
  const given = labels as Partial<Tensor>;
  return toTensor(labels, "labels", "float32", given.dims ? given.dims.length : rank(labels as Nested));
}

function checkDims(tensor: Tensor, name: string, dims: readonly number[]): Tensor {
  if (tensor.dims.join() === dims.join()) return tensor;
  throw invalid(`${name} is [${tensor.dims.join(", ")}] where [${dims.join(", ")}] is expected`);
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}

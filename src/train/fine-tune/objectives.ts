// What a batch is trained towards: the rows of each output that count, and the loss with its gradient, as the reference's classes have them.
//
// Letters: R rows of logits, C classes.
import type { HeadOutput, HeadSpec } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import { IGNORED } from "../../heads/losses.ts";
import type { Layout, SessionMemory } from "../../wasm/kernel/arena.ts";
import type { TrainingRow } from "./encoder-pass.ts";
import { type OutputPass, pooledSources, type RowSource } from "./head-pass.ts";
import { type Kernels, spare } from "./kernels.ts";

/** Labels of a batch, by what its head answers. Tokens are counted over all texts of the batch; −100 takes no part. */
export type Targets =
  /** One class per text, or per `choices` texts. */
  | { readonly kind: "classes"; readonly labels: Int32Array; readonly choices?: number }
  /** C numbers per text: 0 or 1 for several labels, any for a regression. */
  | { readonly kind: "values"; readonly values: Float32Array; readonly loss: "binary" | "squares" }
  /** One class per token. */
  | { readonly kind: "tokens"; readonly labels: Int32Array }
  /** The first and last token of each text's answer. */
  | { readonly kind: "spans"; readonly starts: Int32Array; readonly ends: Int32Array }
  /** A word per token and a class per text. */
  | { readonly kind: "pretraining"; readonly labels: Int32Array; readonly classes: Int32Array }
  /** Texts 0 … n−1 are the first of each pair, n … 2n−1 the second; the cosine that each pair should have. */
  | { readonly kind: "cosine-pairs"; readonly labels: Float32Array }
  /** As above; each first text should be closest to its own second one. Cosines are multiplied by `scale`. */
  | { readonly kind: "in-batch-negatives"; readonly scale: number };

/** One output with the rows that count and its loss. */
export interface Objective {
  readonly steps: HeadOutput["steps"];
  readonly sources: readonly RowSource[];
  /** The mean loss; the gradient, times `scale`, takes the place of the logits. */
  lossOf(output: OutputPass, scale: number): number;
}

export interface ObjectiveContext {
  readonly kernels: Kernels;
  readonly memory: SessionMemory;
  readonly layout: Layout;
  /** Width of the hidden states. */
  readonly hiddenSize: number;
}

/** @throws BertletError `invalid_input` for targets that the head does not have */
export function objectivesOf(
  context: ObjectiveContext,
  head: HeadSpec | undefined,
  rows: readonly TrainingRow[],
  targets: Targets,
): Objective[] {
  const [first, second] = head?.outputs ?? [];
  switch (targets.kind) {
    case "classes":
      return [classes(context, output(first), rows, targets)];
    case "values":
      return [values(context, output(first), rows, targets)];
    case "tokens":
      return [tokens(context, output(first), targets.labels)];
    case "spans":
      return [spans(context, output(first), rows, targets)];
    case "pretraining": {
      const { labels, classes: next } = targets;
      return [
        tokens(context, output(first), labels),
        classes(context, output(second), rows, { kind: "classes", labels: next }),
      ];
    }
    case "cosine-pairs":
    case "in-batch-negatives":
      return [pairs(context, rows, context.hiddenSize, targets)];
  }
}

function output(found: HeadOutput | undefined): HeadOutput {
  if (!found) throw new BertletError("invalid_input", "the head has no output for these labels");
  return found;
}

function classes(
  { kernels, memory, layout }: ObjectiveContext,
  { from, steps }: HeadOutput,
  rows: readonly TrainingRow[],
  { labels, choices }: Extract<Targets, { kind: "classes" }>,
): Objective {
  const at = layout.take(spare(rows.length), 4);
  const grouped = choices === undefined ? 0 : layout.take(spare(labels.length) * 16 * Math.ceil(choices / 16), 4);
  const lossOf = ({ logits, ld, C, R }: OutputPass, scale: number) => {
    checkLabels(labels, choices ?? C);
    memory.i32(at, labels.length).set(labels);
    const count = counted(labels);
    const share = scale / count;
    if (choices === undefined)
      return kernels.softmax_cross_entropy_f32(logits, at, logits, 4 * ld, R, C, share) / count;
    // The one logit of each choice becomes a row of choices, and back.
    const width = 16 * Math.ceil(choices / 16);
    const [column, table] = [memory.f32(logits, R * ld), memory.f32(grouped, labels.length * width).fill(0)];
    for (let r = 0; r < R; r++) table[Math.floor(r / choices) * width + (r % choices)] = column[r * ld]!;
    const n = labels.length;
    const loss = kernels.softmax_cross_entropy_f32(grouped, at, grouped, 4 * width, n, choices, share) / count;
    column.fill(0);
    for (let r = 0; r < R; r++) column[r * ld] = table[Math.floor(r / choices) * width + (r % choices)]!;
    return loss;
  };
  return { steps, sources: pooledSources(from, rows), lossOf };
}

function values(
  { kernels, memory, layout }: ObjectiveContext,
  { from, steps }: HeadOutput,
  rows: readonly TrainingRow[],
  { values: wanted, loss }: Extract<Targets, { kind: "values" }>,
): Objective {
  const C = wanted.length / rows.length;
  const at = layout.take(spare(rows.length) * 16 * Math.ceil(C / 16), 4);
  const term = loss === "binary" ? kernels.binary_cross_entropy_f32 : kernels.squared_error_f32;
  const lossOf = ({ logits, ld, R }: OutputPass, scale: number) => {
    const table = memory.f32(at, R * ld);
    for (let r = 0; r < R; r++) table.set(wanted.subarray(r * C, (r + 1) * C), r * ld);
    return term(logits, at, logits, 4 * ld, R, C, scale / wanted.length) / wanted.length;
  };
  return { steps, sources: pooledSources(from, rows), lossOf };
}

/** Only the rows of labelled tokens are computed: a vocabulary is wide. */
function tokens({ kernels, memory, layout }: ObjectiveContext, { steps }: HeadOutput, labels: Int32Array): Objective {
  const chosen = [...labels.keys()].filter((token) => labels[token] !== IGNORED);
  if (chosen.length === 0) throw new BertletError("invalid_input", "no token of the batch has a label");
  const at = layout.take(spare(chosen.length), 4);
  const wanted = Int32Array.from(chosen, (token) => labels[token]!);
  const lossOf = ({ logits, ld, C, R }: OutputPass, scale: number) => {
    checkLabels(wanted, C);
    memory.i32(at, R).set(wanted);
    return kernels.softmax_cross_entropy_f32(logits, at, logits, 4 * ld, R, C, scale / R) / R;
  };
  return { steps, sources: chosen.map((token) => [[token, 1]]), lossOf };
}

function spans(
  { kernels, memory, layout }: ObjectiveContext,
  { steps }: HeadOutput,
  rows: readonly TrainingRow[],
  { starts, ends }: Extract<Targets, { kind: "spans" }>,
): Objective {
  const longest = Math.max(...rows.map(({ ids }) => ids.length));
  const [line, at] = [layout.take(16 * Math.ceil(longest / 16), 4), layout.take(16, 4)];
  const count = rows.reduce((sum, { ids }) => sum + ids.length, 0);
  const lossOf = ({ logits, ld, R }: OutputPass, scale: number) => {
    const table = memory.f32(logits, R * ld);
    let loss = 0;
    for (const [column, positions] of [starts, ends].entries()) {
      // As in the reference, answers beyond a text take no part.
      const wanted = positions.map((position, row) =>
        position >= rows[row]!.ids.length ? IGNORED : Math.max(0, position),
      );
      const share = 1 / (2 * counted(wanted));
      let token = 0;
      for (const [row, { ids }] of rows.entries()) {
        const L = ids.length;
        const width = 16 * Math.ceil(L / 16);
        const scores = memory.f32(line, width).fill(0);
        for (let s = 0; s < L; s++) scores[s] = table[(token + s) * ld + column]!;
        memory.i32(at, 1)[0] = wanted[row]!;
        loss += share * kernels.softmax_cross_entropy_f32(line, at, line, 4 * width, 1, L, scale * share);
        for (let s = 0; s < L; s++) table[(token + s) * ld + column] = scores[s]!;
        token += L;
      }
    }
    return loss;
  };
  return { steps, sources: Array.from({ length: count }, (_, token) => [[token, 1]]), lossOf };
}

/** Texts by their mean vectors at length 1. */
function pairs(
  { kernels, memory, layout }: ObjectiveContext,
  rows: readonly TrainingRow[],
  hiddenSize: number,
  targets: Extract<Targets, { kind: "cosine-pairs" | "in-batch-negatives" }>,
): Objective {
  const n = rows.length / 2;
  const ld = 16 * Math.ceil(hiddenSize / 16);
  const width = 16 * Math.ceil(n / 16);
  const labels = layout.take(spare(n), 4);
  const vectors = layout.take(spare(2 * n) * ld, 4);
  const panels = layout.take(Math.max(width, spare(n)) * ld, 4);
  const [scores, turned] = [layout.take(spare(n) * width, 4), layout.take(width * spare(n), 4)];
  const other = layout.take(spare(n) * ld, 4);
  const lossOf = ({ logits, R }: OutputPass, scale: number) => {
    // The gradients take the place of the vectors.
    memory
      .f32(vectors, spare(R) * ld)
      .fill(0)
      .set(memory.f32(logits, R * ld));
    const [a, b] = [vectors, vectors + 4 * n * ld];
    const [da, db] = [logits, logits + 4 * n * ld];
    if (targets.kind === "cosine-pairs") {
      memory.f32(labels, n).set(targets.labels);
      return kernels.cosine_pairs_f32(a, b, labels, da, db, 4 * ld, n, ld, scale / n) / n;
    }
    // scores [n][n] = a·bᵀ × factor. The rows of b behind its last one are zero.
    const { scale: factor } = targets;
    const cosines = memory.f32(scores, spare(n) * width).fill(0);
    kernels.pack_transposed_f32(b, 4 * ld, panels, width, ld);
    kernels.gemm_accumulate_f32(a, 4 * ld, panels, scores, 4 * width, n, width, ld);
    for (let i = 0; i < n * width; i++) cosines[i]! *= factor;
    memory.i32(labels, n).set(Int32Array.from({ length: n }, (_, row) => row));
    const loss = kernels.softmax_cross_entropy_f32(scores, labels, scores, 4 * width, n, n, scale / n) / n;
    for (let i = 0; i < n * width; i++) cosines[i]! *= factor;
    // db = scoresᵀ·a and da = scores·b.
    const gradients = memory.f32(logits, R * ld).fill(0);
    const stride = 4 * spare(n);
    kernels.transpose_f32(scores, 4 * width, turned, stride, n, width);
    kernels.pack_f32(a, 4 * ld, panels, n, ld);
    const sums = (from: number, fromStride: number) => {
      memory.f32(other, spare(n) * ld).fill(0);
      kernels.gemm_accumulate_f32(from, fromStride, panels, other, 4 * ld, n, ld, n);
      return memory.f32(other, n * ld);
    };
    gradients.set(sums(turned, stride), n * ld);
    kernels.pack_f32(b, 4 * ld, panels, n, ld);
    gradients.set(sums(scores, 4 * width));
    return loss;
  };
  return { steps: [{ op: "normalize" }], sources: pooledSources("mean", rows), lossOf };
}

function checkLabels(labels: Int32Array, C: number): void {
  const wrong = labels.find((label) => label !== IGNORED && (label < 0 || label >= C));
  if (wrong !== undefined)
    throw new BertletError("invalid_input", `there is no class ${wrong}; there are ${C}, from 0`);
}

function counted(labels: Int32Array): number {
  return labels.reduce((count, label) => count + (label === IGNORED ? 0 : 1), 0);
}

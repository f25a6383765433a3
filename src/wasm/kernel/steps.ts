// Computes an output from the encoder's rows, by the steps that the packed model lists. It works on a few rows at a time, so that a
// vocabulary-wide output needs little memory; what the numbers mean is not its concern.
import type { EmbeddingSpec } from "../../architectures/embedding-spec.ts";
import type { EncoderSpec } from "../../architectures/encoder-spec.ts";
import { type HeadSpec, type HeadStep, type PoolingMode, stepsWidth } from "../../architectures/head-spec.ts";
import { align } from "../../quantize/layout.ts";
import { Activation } from "../kernels/abi.ts";
import type { Layout } from "./arena.ts";
import type { Encoder, RowBuffer } from "./encoder.ts";
import type { Dense, Norm, Weights } from "./weights.ts";

// Rows that go through the steps together.
const BLOCK_ROWS = 16;

type BoundStep =
  | { readonly op: "dense"; readonly dense: Dense; readonly activation: Activation }
  | { readonly op: "layernorm"; readonly norm: Norm; readonly epsilon: number | undefined; readonly width: number }
  | { readonly op: "normalize"; readonly width: number };

/** An output bound to its weights. */
export interface BoundOutput {
  /** As it is fetched: `<head>.<output>`, `pooler_output`, `sentence_embedding`. */
  readonly name: string;
  /** The steps begin with pooled vectors of each text, side by side; undefined: with the hidden state of every token. */
  readonly pooling: readonly PoolingMode[] | undefined;
  /** Width of the rows that the steps begin with. */
  readonly width: number;
  /** Width of the output. */
  readonly size: number;
  readonly steps: readonly BoundStep[];
}

/** What a model computes beside hidden states and attentions. */
export interface ModelOutputs {
  readonly encoder: EncoderSpec;
  readonly heads: readonly HeadSpec[];
  readonly embedding: EmbeddingSpec | undefined;
}

/** Binds every output. @throws BertletError `invalid_checkpoint` if a tensor is missing or mis-shaped */
export function bindOutputs({ encoder, heads, embedding }: ModelOutputs, weights: Weights): BoundOutput[] {
  const { hiddenSize: H } = encoder;
  const bindFrom = (name: string, from: PoolingMode | "token", steps: readonly HeadStep[]) =>
    bind({ name, pooling: from === "token" ? undefined : [from], width: H }, steps, weights);
  return [
    ...encoder.outputs.map(({ name, from, steps }) => bindFrom(name, from, steps)),
    ...heads.flatMap((head) =>
      head.outputs.map(({ name, from, steps }) => bindFrom(`${head.name}.${name}`, from, steps)),
    ),
    ...(embedding ? [bindEmbedding(embedding, H, weights)] : []),
  ];
}

function bindEmbedding({ pooling, steps }: EmbeddingSpec, H: number, weights: Weights): BoundOutput {
  return bind({ name: "sentence_embedding", pooling, width: pooling.length * H }, steps, weights);
}

function bind(
  output: Pick<BoundOutput, "name" | "pooling" | "width">,
  steps: readonly HeadStep[],
  weights: Weights,
): BoundOutput {
  let width = output.width;
  const bound = steps.map((step): BoundStep => {
    if (step.op === "normalize") return { op: "normalize", width };
    if (step.op === "layernorm") {
      return { op: "layernorm", norm: weights.norm(step.weight, width), epsilon: step.epsilon, width };
    }
    const dense = weights.dense(step.weight, step.size, width, step.bias);
    width = step.size;
    return { op: "dense", dense, activation: Activation[step.activation] };
  });
  return { ...output, size: stepsWidth(steps, output.width), steps: bound };
}

/** Where the rows of the steps are: two buffers in turn, and one for the output itself. */
export interface StepsPlan {
  readonly inner: readonly [RowBuffer, RowBuffer];
  readonly output: number;
}

/** Lays out what the widest of `outputs` needs. */
export function planSteps(layout: Layout, outputs: readonly BoundOutput[], encoder: Encoder): StepsPlan {
  const widths = outputs.flatMap(({ width, steps }) => [width, ...steps.slice(0, -1).map(stepWidth)]);
  const inner = align(Math.max(encoder.ld, ...widths));
  const output = Math.max(0, ...outputs.map(({ size }) => align(size)));
  return {
    inner: [encoder.rowBuffer(layout, BLOCK_ROWS, inner), encoder.rowBuffer(layout, BLOCK_ROWS, inner)],
    output: layout.take(BLOCK_ROWS * output, 4),
  };
}

function stepWidth(step: BoundStep): number {
  return step.op === "dense" ? step.dense.N : step.width;
}

/**
 * Computes `output` for the M rows [M][align(output.width)] at `x`.
 * @param emit is called with each block: the address of its rows [count][ld], and the index of the first
 */
export function runSteps(
  encoder: Encoder,
  plan: StepsPlan,
  { steps, width }: BoundOutput,
  x: number,
  M: number,
  emit: (address: number, ld: number, first: number, count: number) => void,
): void {
  const stride = align(width);
  for (let first = 0; first < M; first += BLOCK_ROWS) {
    const count = Math.min(BLOCK_ROWS, M - first);
    let input: RowBuffer = { ...plan.inner[0], x: x + 4 * first * stride };
    let ld = stride;
    for (const [index, step] of steps.entries()) {
      const next = plan.inner[index % 2 === 0 ? 1 : 0];
      const y = index === steps.length - 1 ? plan.output : next.x;
      runStep(encoder, step, input, y, count);
      ld = align(stepWidth(step));
      input = { ...next, x: y };
    }
    emit(input.x, ld, first, count);
  }
}

/** y = step(x) for M rows; x is left as it is. */
function runStep(encoder: Encoder, step: BoundStep, input: RowBuffer, y: number, M: number): void {
  if (step.op === "dense") encoder.dense(input, step.dense, y, M, step.activation);
  else if (step.op === "layernorm") encoder.norm(input.x, y, step.norm, M, step.width, step.epsilon);
  else encoder.normalize(input.x, y, M, step.width);
}

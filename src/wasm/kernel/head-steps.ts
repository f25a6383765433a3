// Computes a head's output from the encoder's rows, by the steps that the packed model lists. It works on a few rows at a time, so that
// a vocabulary-wide output needs little memory; what the numbers mean is not its business.
import type { BertConfig } from "../../architectures/config.ts";
import { type HeadOutput, type HeadSpec, outputSize } from "../../architectures/head-spec.ts";
import { align } from "../../quantize/layout.ts";
import { Activation } from "../kernels/abi.ts";
import type { Layout } from "./arena.ts";
import type { Activations, Encoder } from "./encoder.ts";
import type { Dense, Norm, Weights } from "./weights.ts";

// Rows that go through a head together.
const HEAD_ROWS = 16;

type Step = { readonly dense: Dense; readonly activation: Activation } | { readonly norm: Norm };

/** One output of one head, bound to its weights. */
export interface BoundOutput {
  /** As it is fetched: `<head>.<output>`. */
  readonly name: string;
  readonly from: HeadOutput["from"];
  /** Values a row. */
  readonly size: number;
  readonly steps: readonly Step[];
}

/** Where the rows of a head's steps lie: two buffers in turn, and one for the output itself. */
export interface HeadPlan {
  readonly inner: readonly [Activations, Activations];
  readonly output: number;
}

/** Binds every output of every head. @throws BertletError `invalid_checkpoint` where a tensor is missing or mis-shaped */
export function bindHeads(heads: readonly HeadSpec[], config: BertConfig, weights: Weights): BoundOutput[] {
  return heads.flatMap((head) => head.outputs.map((output) => bind(head, output, config, weights)));
}

function bind(head: HeadSpec, output: HeadOutput, config: BertConfig, weights: Weights): BoundOutput {
  let width = config.hidden_size;
  const steps = output.steps.map((step): Step => {
    if (step.op === "layernorm") return { norm: weights.norm(step.weight, width) };
    const dense = weights.dense(step.weight, step.size, width, step.bias);
    width = step.size;
    return { dense, activation: Activation[step.activation] };
  });
  return {
    name: `${head.name}.${output.name}`,
    from: output.from,
    size: outputSize(output, config.hidden_size),
    steps,
  };
}

/** Lays out what the widest of `outputs` needs. */
export function planHeads(layout: Layout, outputs: readonly BoundOutput[], encoder: Encoder): HeadPlan {
  const widths = outputs.flatMap(({ steps }) => steps.slice(0, -1).map((step) => ("dense" in step ? step.dense.N : 0)));
  const inner = Math.max(encoder.ld, ...widths);
  const output = Math.max(0, ...outputs.map(({ size }) => align(size)));
  return {
    inner: [encoder.activations(layout, HEAD_ROWS, inner), encoder.activations(layout, HEAD_ROWS, inner)],
    output: layout.take(HEAD_ROWS * output, 4),
  };
}

/**
 * Computes `output` for the M rows [M][encoder.ld] at `x`.
 * @param emit is handed each block: the address of its rows [count][ld], and the index of the first
 */
export function runHead(
  encoder: Encoder,
  plan: HeadPlan,
  output: BoundOutput,
  x: number,
  M: number,
  emit: (address: number, ld: number, first: number, count: number) => void,
): void {
  for (let first = 0; first < M; first += HEAD_ROWS) {
    const count = Math.min(HEAD_ROWS, M - first);
    let input: Activations = { ...plan.inner[0], x: x + 4 * first * encoder.ld };
    for (const [index, step] of output.steps.entries()) {
      if ("norm" in step) {
        encoder.norm(input.x, step.norm, count);
        continue;
      }
      const last = index === output.steps.length - 1;
      const next = plan.inner[input.q === plan.inner[0].q ? 1 : 0];
      const y = last ? plan.output : next.x;
      encoder.dense(input, step.dense, y, count, step.activation);
      if (!last) input = next;
      else emit(y, step.dense.N, first, count);
    }
  }
}

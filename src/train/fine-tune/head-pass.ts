// An output of a head forward, from hidden states to logits, and backward: the steps that the spec lists, whatever the class.
//
// Letters: M tokens, R rows of the output, H hidden size.
import type { HeadOutput, HeadStep } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import { align } from "../../quantize/layout.ts";
import type { Layout, SessionMemory } from "../../wasm/kernel/arena.ts";
import { Activation } from "../../wasm/kernels/abi.ts";
import type { EncoderPassPlan, TrainingRow } from "./encoder-pass.ts";
import { type Dense, denseBackward, denseForward, denseOf, type Kernels, planWorkspace, spare } from "./kernels.ts";
import type { Parameters } from "./parameters.ts";

/** A row of the output as a weighted sum of tokens. */
export type RowSource = readonly (readonly [token: number, weight: number])[];

interface StepRun {
  readonly step: HeadStep;
  readonly width: number;
  readonly size: number;
  readonly x: number;
  /** A dense layer before its activation. */
  readonly u: number;
  readonly y: number;
  readonly dense: Dense | undefined;
}

export interface OutputPass {
  readonly logits: number;
  /** Row stride of the logits, in values. */
  readonly ld: number;
  readonly C: number;
  readonly R: number;
  /** From the gradient of the logits, which is in their place, to that of the hidden states, which is added to. */
  backward(): void;
}

export interface HeadContext {
  readonly kernels: Kernels;
  readonly memory: SessionMemory;
  readonly parameters: Parameters;
  readonly epsilon: number;
  readonly hiddenSize: number;
}

/** Lays out an output over `sources`. `steps` may be empty: then the logits are the rows themselves. */
export function planOutput(
  { kernels, memory, parameters, epsilon, hiddenSize }: HeadContext,
  layout: Layout,
  steps: readonly HeadStep[],
  sources: readonly RowSource[],
): (plan: EncoderPassPlan, dropout: { readonly rate: number; readonly seed: number }) => OutputPass {
  const R = sources.length;
  const H = align(hiddenSize);
  const take = (width: number) => layout.take(spare(R) * align(width), 4);
  const first = take(hiddenSize);
  const runs: StepRun[] = [];
  let [x, width] = [first, hiddenSize];
  for (const step of steps) {
    const size = step.op === "dense" ? step.size : width;
    const u = take(size);
    const active = step.op === "dense" && step.activation !== "none";
    const dense =
      step.op === "dense" ? denseOf(parameters.get(`${step.weight}.weight`), parameters.get(step.bias)) : undefined;
    const y = active ? take(size) : u;
    runs.push({ step, width, size, x, u, y, dense });
    [x, width] = [y, size];
  }
  const widest = Math.max(hiddenSize, ...runs.map(({ size }) => size));
  // Gradients alternate between two buffers.
  const buffers = [take(widest), take(widest)] as const;
  const workspace = planWorkspace(layout, R, [{ N: H, K: H }, ...runs.flatMap(({ dense }) => dense ?? [])]);

  const runStep = ({ step, width, size, x, u, y, dense }: StepRun) => {
    const stride = 4 * align(size);
    if (step.op === "normalize") kernels.normalize_f32(x, y, stride, R, align(width));
    else if (step.op === "layernorm") {
      const [gamma, beta] = [parameters.get(`${step.weight}.weight`), parameters.get(`${step.weight}.bias`)];
      kernels.layernorm_f32(x, 0, gamma.weight, beta.weight, y, stride, R, width, step.epsilon ?? epsilon);
    } else {
      denseForward(kernels, workspace, dense!, x, u, R);
      if (y !== u) kernels.activate_f32(u, y, stride, R, size, Activation[step.activation]);
    }
  };
  const runBackward = ({ step, width, size, x, u, y, dense }: StepRun, dy: number, dx: number) => {
    const stride = 4 * align(size);
    if (step.op === "normalize") return kernels.normalize_backward_f32(x, dy, dx, stride, R, align(width));
    if (step.op === "layernorm") {
      const [gamma, beta] = [parameters.get(`${step.weight}.weight`), parameters.get(`${step.weight}.bias`)];
      const eps = step.epsilon ?? epsilon;
      return kernels.layernorm_backward_f32(
        x,
        dy,
        gamma.weight,
        dx,
        gamma.gradient,
        beta.gradient,
        stride,
        R,
        width,
        eps,
      );
    }
    if (y !== u) kernels.activation_backward_f32(u, dy, dy, stride, R, size, Activation[step.activation]);
    memory.f32(dx, spare(R) * align(width)).fill(0);
    denseBackward(kernels, workspace, dense!, { x, dy, dx }, R);
  };

  return (plan, { rate, seed }) => {
    gather(memory, plan.hidden, first, H, sources);
    const last = runs.length - 1;
    for (const [index, run] of runs.entries()) {
      if (index === last && rate > 0) kernels.dropout_f32(run.x, R * align(run.width), rate, seed);
      runStep(run);
    }
    const logits = x;
    return {
      logits,
      ld: align(width),
      C: width,
      R,
      backward() {
        let dy = logits;
        for (let index = last; index >= 0; index--) {
          const run = runs[index]!;
          const dx = buffers[index % 2]!;
          runBackward(run, dy, dx);
          if (index === last && rate > 0) kernels.dropout_f32(dx, R * align(run.width), rate, seed);
          dy = dx;
        }
        scatter(memory, dy, plan.gradient, H, sources);
      },
    };
  };
}

/** y[r] = Σ weight × x[token]. */
function gather(memory: SessionMemory, x: number, y: number, H: number, sources: readonly RowSource[]): void {
  for (const [row, terms] of sources.entries()) {
    const to = memory.f32(y + 4 * row * H, H).fill(0);
    for (const [token, weight] of terms) {
      const from = memory.f32(x + 4 * token * H, H);
      for (let h = 0; h < H; h++) to[h]! += weight * from[h]!;
    }
  }
}

/** dx[token] += weight × dy[r]. */
function scatter(memory: SessionMemory, dy: number, dx: number, H: number, sources: readonly RowSource[]): void {
  for (const [row, terms] of sources.entries()) {
    const from = memory.f32(dy + 4 * row * H, H);
    for (const [token, weight] of terms) {
      const to = memory.f32(dx + 4 * token * H, H);
      for (let h = 0; h < H; h++) to[h]! += weight * from[h]!;
    }
  }
}

/**
 * The rows of an output that begins with pooled vectors: one per text.
 * @throws BertletError `unsupported` for the maximum, which is no sum
 */
export function pooledSources(from: HeadOutput["from"], rows: readonly TrainingRow[]): RowSource[] {
  let start = 0;
  return rows.map(({ ids, keys }) => {
    const first = start;
    start += ids.length;
    const all = Array.from({ length: keys }, (_, index) => index);
    const weighted = (weight: (index: number) => number): RowSource => all.map((s) => [first + s, weight(s)]);
    if (from === "cls") return [[first, 1]];
    if (from === "lasttoken") return [[first + keys - 1, 1]];
    if (from === "mean") return weighted(() => 1 / keys);
    if (from === "mean_sqrt_len_tokens") return weighted(() => 1 / Math.sqrt(keys));
    if (from === "weightedmean") return weighted((s) => (2 * (s + 1)) / (keys * (keys + 1)));
    throw new BertletError("unsupported", `a head on ${from} is not fine-tuned`);
  });
}

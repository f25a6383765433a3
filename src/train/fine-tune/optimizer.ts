// AdamW over all trained parameters, with clipping by the global norm and a rate that rises to its height and falls to zero.
import type { Kernels } from "./kernels.ts";
import type { Parameter } from "./parameters.ts";

export interface OptimizerOptions {
  /** The highest learning rate. */
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  /** Gradients with a larger norm, over all parameters, are scaled down to it; 0: never. */
  readonly maxGradientNorm: number;
  /** Steps in which the rate rises, and all steps, at whose end it is zero. */
  readonly warmupSteps: number;
  readonly steps: number;
}

/** The rate of step 0, 1, … */
export function learningRateAt(step: number, { learningRate, warmupSteps, steps }: OptimizerOptions): number {
  if (step < warmupSteps) return (learningRate * step) / warmupSteps;
  return learningRate * Math.max(0, (steps - step) / Math.max(1, steps - warmupSteps));
}

/** Applies the gradients of step 0, 1, …, and returns their norm before clipping. */
export function optimize(
  kernels: Kernels,
  parameters: readonly Parameter[],
  step: number,
  options: OptimizerOptions,
): number {
  const { betas, epsilon, weightDecay, maxGradientNorm } = options;
  const squares = parameters.map(({ gradient, rows, columns }) => kernels.sum_squares_f32(gradient, rows * columns));
  const norm = Math.sqrt(squares.reduce((a, b) => a + b, 0));
  const clip = maxGradientNorm > 0 ? Math.min(1, maxGradientNorm / (norm + 1e-6)) : 1;
  const rate = learningRateAt(step, options);
  const size = rate / (1 - betas[0] ** (step + 1));
  const root = 1 / Math.sqrt(1 - betas[1] ** (step + 1));
  for (const { weight, gradient, mean, square, rows, columns, decays } of parameters) {
    const decay = decays ? rate * weightDecay : 0;
    const count = rows * columns;
    kernels.adamw_f32(weight, gradient, mean, square, count, clip, decay, size, root, betas[0], betas[1], epsilon);
  }
  return norm;
}

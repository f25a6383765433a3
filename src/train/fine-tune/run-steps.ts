// The steps of a training: batches in turn, AdamW with warm-up and linear decay, and an early end where examples that were held out say so.
import type { TensorView } from "../../safetensors.ts";
import type { HeldOutLoss, StepsReport } from "./encoder-options.ts";
import type { TrainingBatch, TrainingSession } from "./session.ts";

/** Which batches are trained on, and how. */
export interface StepsPlan {
  /** One per step, in their order. */
  readonly batches: readonly TrainingBatch[];
  /** The highest rate; it rises over the first tenth of the steps and then falls to zero. */
  readonly learningRate: number;
  readonly stopping?: Stopping | undefined;
  readonly onProgress?: ((done: number, all: number, loss: number) => void) | undefined;
}

/** When training ends early. */
export interface Stopping {
  /** What was held out. */
  readonly batches: readonly TrainingBatch[];
  /** Steps between two measurements; the last step is followed by one, too. */
  readonly every: number;
  /** Training ends after so many measurements in a row without a new lowest loss, but not within the warm-up. */
  readonly patience: number;
}

/**
 * Trains `session`.
 * @returns the weights with the lowest loss of what was held out, or the last ones
 */
export function runSteps(
  session: TrainingSession,
  plan: StepsPlan,
): StepsReport & { readonly tensors: Map<string, TensorView> } {
  const { batches, stopping, onProgress } = plan;
  const steps = batches.length;
  const warmupSteps = Math.ceil(steps / 10);
  const optimizer = {
    learningRate: plan.learningRate,
    weightDecay: 0.01,
    betas: [0.9, 0.999] as const,
    epsilon: 1e-8,
    maxGradientNorm: 1,
    warmupSteps,
    steps,
  };
  const losses: number[] = [];
  const watch = stopping && new Watch(session, stopping);
  for (const batch of batches) {
    session.clearGradients();
    const loss = session.accumulate(batch);
    session.apply(optimizer);
    losses.push(loss);
    onProgress?.(losses.length, steps, loss);
    const isDue = losses.length === steps || losses.length % (stopping?.every ?? steps) === 0;
    // Within the warm-up, weights hardly move: that the loss does not fall says nothing there.
    if (isDue && watch?.hasWaited(losses.length) && losses.length > warmupSteps) break;
  }
  const best = watch?.best;
  return {
    losses,
    heldOutLosses: watch?.losses ?? [],
    bestStep: best?.step ?? losses.length,
    tensors: best?.tensors ?? session.tensors(),
  };
}

/** Keeps the weights with the lowest loss, and counts how long there has been no lower one. */
class Watch {
  readonly losses: HeldOutLoss[] = [];
  best: { readonly step: number; readonly loss: number; readonly tensors: Map<string, TensorView> };
  readonly #session: TrainingSession;
  readonly #stopping: Stopping;
  #waited = 0;

  constructor(session: TrainingSession, stopping: Stopping) {
    this.#session = session;
    this.#stopping = stopping;
    const loss = this.#measure(0);
    this.best = { step: 0, loss, tensors: session.tensors() };
  }

  /** Measures, and says whether the loss has not fallen for so long that training should end. */
  hasWaited(step: number): boolean {
    const loss = this.#measure(step);
    if (loss < this.best.loss) {
      this.best = { step, loss, tensors: this.#session.tensors() };
      this.#waited = 0;
    } else this.#waited++;
    return this.#waited >= this.#stopping.patience;
  }

  #measure(step: number): number {
    const { batches } = this.#stopping;
    const [sum, count] = batches.reduce(
      ([sum, count], batch) => [sum + batch.rows.length * this.#session.evaluate(batch), count + batch.rows.length],
      [0, 0],
    );
    const loss = sum / count;
    this.losses.push({ step, loss });
    return loss;
  }
}

/** The items in parts of `size`, the last one with what is left: the batches of a pass. */
export function slices<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

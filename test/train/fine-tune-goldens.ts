// The reference's training goldens: a checkpoint, ten batches with losses and norms, the first gradients, and the weights after ten steps.
import { expect } from "vitest";
import { headSpec } from "../../src/architectures/architectures.ts";
import { BertConfig } from "../../src/architectures/config.ts";
import type { HeadSpec } from "../../src/architectures/head-spec.ts";
import { readSafetensors, type TensorView, toFloat32 } from "../../src/safetensors.ts";
import type { TrainingRow } from "../../src/train/fine-tune/encoder-pass.ts";
import type { Targets } from "../../src/train/fine-tune/objectives.ts";
import type { OptimizerOptions } from "../../src/train/fine-tune/optimizer.ts";
import { TrainingSession } from "../../src/train/fine-tune/session.ts";
import type { KernelBuild } from "../../src/wasm/kernels/abi.ts";
import { readFixture } from "../fixtures.ts";

type Matrix = readonly (readonly number[])[];
type Batch = Readonly<Record<string, Matrix>>;

interface Steps {
  readonly optimizer: Record<"lr" | "eps" | "weight_decay" | "max_grad_norm" | "warmup_steps" | "steps", number> & {
    readonly betas: readonly [number, number];
  };
  readonly batches: readonly Batch[];
  readonly losses: readonly number[];
  readonly gradient_norms: readonly number[];
}

/**
 * A softmax does not change when all its scores do, so the gradients of the keys' biases, and of what shifts all logits of a span, are
 * zero but for rounding. AdamW makes steps of full size of that, in the reference too: where it arrives says nothing, and changes nothing.
 */
const ROUNDING = 1e-6;

/** Runs a golden on one build, and compares everything that it holds. */
export async function expectGolden(folder: string, build: KernelBuild): Promise<void> {
  const text = async (name: string) => JSON.parse(new TextDecoder().decode((await readFixture(`${folder}/${name}`))!));
  const tensors = async (name: string) => canonical(readSafetensors((await readFixture(`${folder}/${name}`))!).tensors);
  const config = BertConfig.fromJSON(await text("config.json"));
  const steps: Steps = await text("steps.json");
  const head = headSpec(config.architectures[0]!, config);
  const layers = folder.endsWith("last-layer-and-head") ? 1 : undefined;
  const session = await TrainingSession.create(config, await tensors("model.safetensors"), { head, layers, build });
  const options = optimizerOf(steps);
  for (const [index, batch] of steps.batches.entries()) {
    session.clearGradients();
    const loss = session.accumulate(batchOf(batch, head, folder));
    expect(Math.abs(loss - steps.losses[index]!), `loss ${index}: ${loss}, ${steps.losses[index]}`).toBeLessThan(1e-4);
    if (index === 0) expectGradients(session, await tensors("gradients.safetensors"));
    const norm = session.apply(options);
    expect(Math.abs(norm / steps.gradient_norms[index]! - 1), `norm ${index}: ${norm}`).toBeLessThan(1e-3);
  }
  const gradients = await tensors("gradients.safetensors");
  const after = await tensors("after/model.safetensors");
  for (const [name, tensor] of session.tensors()) {
    const gradient = gradients.get(name);
    if (gradient && largestOf(toFloat32(gradient)) < ROUNDING) continue;
    const [has, wants] = [toFloat32(tensor), toFloat32(after.get(name)!)];
    for (const [i, value] of wants.entries())
      if (!(Math.abs(has[i]! - value) <= 2e-4)) throw new Error(`after: ${name}[${i}] is ${has[i]}, not ${value}`);
  }
}

function expectGradients(session: TrainingSession, expected: ReadonlyMap<string, TensorView>): void {
  const trained = session.parameters.trained;
  expect(trained.map(({ name }) => name).sort()).toEqual([...expected.keys()].sort());
  for (const parameter of trained) {
    const [has, wants] = [
      session.parameters.read(parameter, parameter.gradient),
      toFloat32(expected.get(parameter.name)!),
    ];
    const largest = largestOf(wants);
    if (largest < ROUNDING) {
      expect(largestOf(has), parameter.name).toBeLessThan(ROUNDING);
      continue;
    }
    for (const [i, value] of wants.entries())
      if (!(Math.abs(has[i]! - value) <= 1e-4 * largest))
        throw new Error(`gradient: ${parameter.name}[${i}] is ${has[i]}, not ${value} (largest ${largest})`);
  }
}

function largestOf(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function canonical(tensors: ReadonlyMap<string, TensorView>): Map<string, TensorView> {
  return new Map([...tensors].map(([name, tensor]) => [name.replace(/^bert\./, ""), tensor]));
}

function optimizerOf({ optimizer }: Steps): OptimizerOptions {
  const { lr, betas, eps, weight_decay, max_grad_norm, warmup_steps, steps } = optimizer;
  return {
    learningRate: lr,
    betas,
    epsilon: eps,
    weightDecay: weight_decay,
    maxGradientNorm: max_grad_norm,
    warmupSteps: warmup_steps,
    steps,
  };
}

function batchOf(batch: Batch, head: HeadSpec | undefined, folder: string): { rows: TrainingRow[]; targets: Targets } {
  const flat = batch as unknown as Record<string, readonly number[]>;
  if (batch.a_input_ids) {
    const rows = [...rowsOf(batch, "a_", false), ...rowsOf(batch, "b_", false)];
    if (flat.labels) return { rows, targets: { kind: "cosine-pairs", labels: Float32Array.from(flat.labels) } };
    return { rows, targets: { kind: "in-batch-negatives", scale: 20 } };
  }
  // The reference's answers may lie in the padding: it takes part in their softmax.
  const rows = rowsOf(batch, "", head?.kind === "question-answering");
  if (head?.kind === "question-answering") {
    const [starts, ends] = [Int32Array.from(flat.start_positions!), Int32Array.from(flat.end_positions!)];
    return { rows, targets: { kind: "spans", starts, ends } };
  }
  if (head?.kind === "token-classification" || head?.kind === "masked-lm") {
    const labels = Int32Array.from(batch.labels!.flatMap((row, index) => row.slice(0, rows[index]!.ids.length)));
    return { rows, targets: { kind: "tokens", labels } };
  }
  const problem = head?.problem_type ?? (folder.endsWith("regression") ? "regression" : "single_label_classification");
  if (problem === "single_label_classification")
    return { rows, targets: { kind: "classes", labels: Int32Array.from(flat.labels!) } };
  const values = Float32Array.from(flat.labels!.flat());
  return { rows, targets: { kind: "values", values, loss: problem === "regression" ? "squares" : "binary" } };
}

function rowsOf(batch: Batch, prefix: string, padded: boolean): TrainingRow[] {
  const masks = batch[`${prefix}attention_mask`]!;
  return batch[`${prefix}input_ids`]!.map((ids, row) => {
    const keys = masks[row]!.filter((value) => value === 1).length;
    const length = padded ? ids.length : keys;
    return {
      ids: Int32Array.from(ids.slice(0, length)),
      types: Int32Array.from({ length }, (_, at) => batch.token_type_ids?.[row]?.[at] ?? 0),
      positions: Int32Array.from({ length }, (_, at) => at),
      keys,
    };
  });
}

// Another size of the vocabulary: rows of the word embeddings, and of everything with one value per word piece, are cut off or added.
import { encoderSpec, headSpec } from "../architectures/architectures.ts";
import { BertConfig } from "../architectures/config.ts";
import { encoderShapes } from "../architectures/encoder-spec.ts";
import { headShapes } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { type TensorView, toFloat32 } from "../safetensors.ts";
import type { Checkpoint, HeadInput } from "./checkpoint.ts";

/**
 * The checkpoint with a vocabulary of `size`. New rows are the mean of the old ones, which the reference draws its new rows around
 * (Hewitt 2021): new tokens begin as average ones.
 * @throws BertletError `invalid_input` for a size that is no positive integer
 * @example
 * const larger = resizeTokenEmbeddings(await readCheckpoint(source), 30530);
 */
export function resizeTokenEmbeddings<T extends Pick<Checkpoint, "config" | "encoder" | "heads">>(
  checkpoint: T,
  size: number,
): T {
  if (!(Number.isSafeInteger(size) && size > 0)) {
    throw new BertletError("invalid_input", `the size of a vocabulary is a positive integer, not ${size}`);
  }
  const config = BertConfig.fromJSON({ ...checkpoint.config.toJSON(), vocab_size: size });
  const shapes = encoderShapes(encoderSpec(config));
  const encoder = resizeAll(checkpoint.encoder, shapes);
  const heads = checkpoint.heads.map((head) => resizeHead(head, config, checkpoint.config));
  return { ...checkpoint, config, encoder, heads };
}

function resizeHead({ spec, tensors }: HeadInput, config: BertConfig, before: BertConfig): HeadInput {
  const outputs = spec.outputs.map((output) => ({
    ...output,
    steps: output.steps.map((step) =>
      step.op === "dense" && step.size === before.vocab_size && isVocabulary(spec.architecture, config)
        ? { ...step, size: config.vocab_size }
        : step,
    ),
  }));
  const resized = { ...spec, outputs };
  return { spec: resized, tensors: resizeAll(tensors, headShapes(resized, config.hidden_size)) };
}

/** Whether a class has one output per word piece. */
function isVocabulary(architecture: string, config: BertConfig): boolean {
  const outputs = headSpec(architecture, config)?.outputs ?? [];
  return outputs.some(({ steps }) => {
    const last = steps.at(-1);
    return last?.op === "dense" && last.size === config.vocab_size;
  });
}

/** Resizes the tensors whose first extent is to be another one. */
function resizeAll(
  tensors: ReadonlyMap<string, TensorView>,
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, TensorView> {
  return new Map(
    Array.from(tensors, ([name, tensor]): [string, TensorView] => {
      const shape = shapes.get(name);
      const fits = shape?.length === tensor.shape.length && shape.slice(1).join() === tensor.shape.slice(1).join();
      return [name, fits && shape[0] !== tensor.shape[0] ? resizeRows(tensor, shape) : tensor];
    }),
  );
}

/** [rows][width] → [shape[0]][width]. */
function resizeRows(tensor: TensorView, shape: readonly number[]): TensorView {
  const values = toFloat32(tensor);
  const [rows] = tensor.shape as [number];
  const width = values.length / rows;
  const resized = new Float32Array(shape[0]! * width);
  resized.set(values.subarray(0, resized.length));
  const mean = meanRow(values, rows, width);
  for (let row = rows; row < shape[0]!; row++) resized.set(mean, row * width);
  return { dtype: "F32", shape, bytes: new Uint8Array(resized.buffer) };
}

function meanRow(values: Float32Array, rows: number, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i++) sums[i % width]! += values[i]!;
  return Float32Array.from(sums, (sum) => sum / rows);
}

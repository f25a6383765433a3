// Another vocabulary: rows of the word embeddings, and of everything with one value per word piece, are cut off, added or chosen.
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
  return withVocabulary(checkpoint, config, resizeRows);
}

/**
 * The checkpoint with the tokens of `ids` alone, whose new ids are their places; ids in its configuration follow.
 * @param ids old ids in ascending order, as `trimTokenizer` takes them
 * @throws BertletError `invalid_input` for an id that the checkpoint does not have, or a configuration that names a token which is left out
 * @example
 * const smaller = keepTokens(await readCheckpoint(source), [0, 100, 101, 102, 103, 1045, 2293]);
 */
export function keepTokens<T extends Pick<Checkpoint, "config" | "encoder" | "heads">>(
  checkpoint: T,
  ids: readonly number[],
): T {
  const { vocab_size } = checkpoint.config;
  if (ids.length === 0) throw new BertletError("invalid_input", "a vocabulary needs at least one token");
  const unknown = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < vocab_size));
  if (unknown !== undefined)
    throw new BertletError("invalid_input", `there is no token ${unknown}; there are ${vocab_size}, from 0`);
  const idOf = new Map(ids.map((id, index) => [id, index]));
  const settings = Object.entries(checkpoint.config.toJSON()).map(([key, value]) => [
    key,
    key.endsWith("_token_id") ? renamed(key, value, idOf) : value,
  ]);
  const config = BertConfig.fromJSON({ ...Object.fromEntries(settings), vocab_size: ids.length });
  return withVocabulary(checkpoint, config, (tensor, shape) => takeRows(tensor, shape, ids));
}

function renamed(key: string, value: unknown, idOf: ReadonlyMap<number, number>): unknown {
  if (Array.isArray(value)) return value.map((id) => renamed(key, id, idOf));
  if (typeof value !== "number") return value;
  const id = idOf.get(value);
  if (id === undefined) throw new BertletError("invalid_input", `${key} is ${value}, which is left out`);
  return id;
}

type ChangeRows = (tensor: TensorView, shape: readonly number[]) => TensorView;

function withVocabulary<T extends Pick<Checkpoint, "config" | "encoder" | "heads">>(
  checkpoint: T,
  config: BertConfig,
  change: ChangeRows,
): T {
  const encoder = changeAll(checkpoint.encoder, encoderShapes(encoderSpec(config)), change);
  const heads = checkpoint.heads.map((head) => changeHead(head, config, checkpoint.config, change));
  return { ...checkpoint, config, encoder, heads };
}

function changeHead(
  { spec, tensors }: HeadInput,
  config: BertConfig,
  before: BertConfig,
  change: ChangeRows,
): HeadInput {
  const outputs = spec.outputs.map((output) => ({
    ...output,
    steps: output.steps.map((step) =>
      step.op === "dense" && step.size === before.vocab_size && isVocabulary(spec.architecture, config)
        ? { ...step, size: config.vocab_size }
        : step,
    ),
  }));
  const resized = { ...spec, outputs };
  return { spec: resized, tensors: changeAll(tensors, headShapes(resized, config.hidden_size), change) };
}

/** Whether a class has one output per word piece. */
function isVocabulary(architecture: string, config: BertConfig): boolean {
  const outputs = headSpec(architecture, config)?.outputs ?? [];
  return outputs.some(({ steps }) => {
    const last = steps.at(-1);
    return last?.op === "dense" && last.size === config.vocab_size;
  });
}

/** Changes the tensors whose first extent is to be another one. */
function changeAll(
  tensors: ReadonlyMap<string, TensorView>,
  shapes: ReadonlyMap<string, readonly number[]>,
  change: ChangeRows,
): Map<string, TensorView> {
  return new Map(
    Array.from(tensors, ([name, tensor]): [string, TensorView] => {
      const shape = shapes.get(name);
      const fits = shape?.length === tensor.shape.length && shape.slice(1).join() === tensor.shape.slice(1).join();
      return [name, fits && shape[0] !== tensor.shape[0] ? change(tensor, shape) : tensor];
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

/** [rows][width] → [ids.length][width], of any type. */
function takeRows(
  { dtype, shape: [rows = 0], bytes }: TensorView,
  shape: readonly number[],
  ids: readonly number[],
): TensorView {
  const width = bytes.length / rows;
  const taken = new Uint8Array(ids.length * width);
  for (const [index, id] of ids.entries()) taken.set(bytes.subarray(id * width, (id + 1) * width), index * width);
  return { dtype, shape, bytes: taken };
}

function meanRow(values: Float32Array, rows: number, width: number): Float32Array {
  const sums = new Float64Array(width);
  for (let i = 0; i < values.length; i++) sums[i % width]! += values[i]!;
  return Float32Array.from(sums, (sum) => sum / rows);
}

// One name per tensor, whichever release or framework wrote the checkpoint: PyTorch's, without the prefix of classes with a head. A
// dense layer's kernel is [inputs, outputs] in the other frameworks and is transposed; everything else keeps its layout.
import { bytesPerElement, type TensorView } from "../safetensors.ts";
import type { NameTable, TensorNames } from "./architecture.ts";

/**
 * The name without what differs between checkpoints of the same model. Undefined for tensors that hold no weights.
 *
 * @example
 * canonicalName("bert.embeddings.LayerNorm.gamma", BERT.names); // "embeddings.LayerNorm.weight"
 */
export function canonicalName(name: string, { prefix, renames, ignored }: TensorNames): string | undefined {
  if (ignored.some((end) => name.endsWith(end))) return undefined;
  const plain = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  return renames.reduce((renamed, [pattern, replacement]) => renamed.replace(pattern, replacement), plain);
}

/** Renames a checkpoint's tensors to their canonical names. */
export function canonicalNames<T>(tensors: ReadonlyMap<string, T>, names: TensorNames): Map<string, T> {
  const renamed = new Map<string, T>();
  for (const [name, tensor] of tensors) {
    const canonical = canonicalName(name, names);
    if (canonical) renamed.set(canonical, tensor);
  }
  return renamed;
}

/** Adds every shared tensor under our name where the file has only the other one. */
export function shareTensors<T>(tensors: ReadonlyMap<string, T>, { shared }: TensorNames): Map<string, T> {
  const all = new Map(tensors);
  for (const [other, ours] of shared) {
    const tensor = tensors.get(other);
    if (tensor !== undefined && !tensors.has(ours)) all.set(ours, tensor);
  }
  return all;
}

/**
 * Renames and transposes a framework's tensors. Where two names become one (TensorFlow writes shared tables twice), the first stays.
 *
 * @example
 * fromFramework(new Map([["bert/pooler/dense/kernel", kernel]]), BERT.names.flax).get("bert.pooler.dense.weight");
 */
export function fromFramework(tensors: ReadonlyMap<string, TensorView>, table: NameTable): Map<string, TensorView> {
  const renamed = new Map<string, TensorView>();
  for (const [original, tensor] of tensors) {
    const path = table.path.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), original);
    const parts = path.split("/");
    const end = parts.pop()!;
    const name = [...parts, table.end.get(end) ?? end].join(".");
    if (!renamed.has(name)) renamed.set(name, end === "kernel" ? transpose(tensor) : tensor);
  }
  return renamed;
}

/** [rows, columns] → [columns, rows]; a copy. Tensors of another rank belong to no dense layer and are returned unchanged. */
function transpose(tensor: TensorView): TensorView {
  const { dtype, shape, bytes } = tensor;
  const [rows, columns, ...more] = shape;
  if (rows === undefined || columns === undefined || more.length > 0) return tensor;
  const size = bytesPerElement(dtype);
  const transposed = new Uint8Array(bytes.byteLength);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * size;
      const to = (column * rows + row) * size;
      for (let byte = 0; byte < size; byte++) transposed[to + byte] = bytes[from + byte]!;
    }
  }
  return { dtype, shape: [columns, rows], bytes: transposed };
}

// What TensorFlow and Flax call a tensor, in PyTorch's words: one table for each. A dense layer's kernel lies [inputs, outputs] there
// and is turned to [outputs, inputs]; everything else lies as it is.
import { bytesPerElement, type TensorView } from "../safetensors.ts";

export interface NameTable {
  /** Rewrites of the whole name, all applied in this order; parts are joined by `/`. */
  readonly path: readonly (readonly [pattern: RegExp, replacement: string])[];
  /** What the last part is in PyTorch; a name with another last part keeps it. */
  readonly end: Readonly<Record<string, string>>;
}

/** `bert/tf_bert_model/bert/encoder/layer_._0/output/LayerNorm/gamma:0`: a group, a model's name, then the tensor's. */
export const TENSORFLOW_NAMES: NameTable = {
  path: [
    [/:0$/, ""],
    [/^[^/]*\//, ""],
    // `mlm___cls` and `nsp___cls`: TensorFlow's own name, and PyTorch's.
    [/[^/]*___/g, ""],
    [/_\._/g, "/"],
    [/^.*?(?<=^|\/)(?=(embeddings|encoder|pooler|cls|classifier|qa_outputs)\/)/, ""],
  ],
  end: { kernel: "weight", gamma: "weight", beta: "bias", embeddings: "weight" },
};

/** `params/bert/encoder/layer/0/output/LayerNorm/scale`; `params` is there when a whole state was saved. */
export const FLAX_NAMES: NameTable = {
  path: [[/^params\//, ""]],
  end: { kernel: "weight", scale: "weight", embedding: "weight" },
};

/**
 * Renames and turns a framework's tensors. Where two names become one (TensorFlow writes shared tables twice), the first stays.
 *
 * @example
 * fromFramework(new Map([["bert/pooler/dense/kernel", kernel]]), FLAX_NAMES).get("bert.pooler.dense.weight");
 */
export function fromFramework(tensors: ReadonlyMap<string, TensorView>, table: NameTable): Map<string, TensorView> {
  const renamed = new Map<string, TensorView>();
  for (const [original, tensor] of tensors) {
    const path = table.path.reduce((name, [pattern, replacement]) => name.replace(pattern, replacement), original);
    const parts = path.split("/");
    const end = parts.pop()!;
    const name = [...parts, Object.hasOwn(table.end, end) ? table.end[end] : end].join(".");
    if (!renamed.has(name)) renamed.set(name, end === "kernel" ? transpose(tensor) : tensor);
  }
  return renamed;
}

/** [rows, columns] → [columns, rows]; a copy. Tensors of another rank are none of a dense layer's and stay as they are. */
function transpose(tensor: TensorView): TensorView {
  const { dtype, shape, bytes } = tensor;
  const [rows, columns, ...more] = shape;
  if (rows === undefined || columns === undefined || more.length > 0) return tensor;
  const size = bytesPerElement(dtype);
  const turned = new Uint8Array(bytes.byteLength);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const from = (row * columns + column) * size;
      const to = (column * rows + row) * size;
      for (let byte = 0; byte < size; byte++) turned[to + byte] = bytes[from + byte]!;
    }
  }
  return { dtype, shape: [columns, rows], bytes: turned };
}

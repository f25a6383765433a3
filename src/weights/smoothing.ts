// Moves the range of activations into weights (SmoothQuant, Xiao et al. 2022): a LayerNorm's output is divided by a factor a column and
// the matrices behind it are multiplied by it. In exact arithmetic nothing changes; in 8 bits, columns of outliers cost the others less.
import type { BertConfig } from "../config.ts";
import { type TensorView, toFloat32 } from "./safetensors.ts";

/** A LayerNorm whose output is quantised, and the matrices [N][H] that meet it. */
export interface SmoothingSite {
  readonly norm: string;
  readonly matrices: readonly string[];
  /** The name of those matrices in a packed model, where several are one. */
  readonly packed: string;
}

/** All but the last LayerNorm, whose output heads see. */
export function smoothingSites({ num_hidden_layers }: BertConfig): SmoothingSite[] {
  return Array.from({ length: num_hidden_layers }, (_, layer) => `encoder.layer.${layer}`).flatMap((at, layer) => [
    {
      norm: layer === 0 ? "embeddings.LayerNorm" : `encoder.layer.${layer - 1}.output.LayerNorm`,
      matrices: ["query", "key", "value"].map((part) => `${at}.attention.self.${part}`),
      packed: `${at}.attention.self.qkv`,
    },
    {
      norm: `${at}.attention.output.LayerNorm`,
      matrices: [`${at}.intermediate.dense`],
      packed: `${at}.intermediate.dense`,
    },
  ]);
}

/**
 * The encoder's tensors with `factors` [H] of this LayerNorm moved from its output into `matrices`. The factors stay as `<norm>.smooth`: the
 * output is also a residual, and is multiplied by them where it is added.
 */
export function smooth(
  tensors: ReadonlyMap<string, TensorView>,
  { norm, matrices }: SmoothingSite,
  factors: Float32Array,
): Map<string, TensorView> {
  const changed = new Map(tensors);
  const change = (name: string, by: (value: number, factor: number) => number) => {
    const { shape } = tensors.get(name)!;
    const values = toFloat32(tensors.get(name)!).map((value, i) => by(value, factors[i % factors.length]!));
    changed.set(name, view(values, shape));
  };
  change(`${norm}.weight`, (value, factor) => value / factor);
  change(`${norm}.bias`, (value, factor) => value / factor);
  for (const matrix of matrices) change(`${matrix}.weight`, (value, factor) => value * factor);
  return changed.set(`${norm}.smooth`, view(factors, [factors.length]));
}

function view(values: Float32Array, shape: readonly number[]): TensorView {
  return { dtype: "F32", shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

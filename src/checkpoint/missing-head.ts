// A head that a checkpoint lacks, made anew as training would begin: normal weights, zero biases, and the same ones every time.

import type { BertConfig } from "../architectures/config.ts";
import { FNV1A_SEED, fnv1a } from "../digest.ts";
import { mulberry32 } from "../random.ts";
import type { TensorView } from "../safetensors.ts";
import { elementCount } from "../shape.ts";

/**
 * The tensors of `shapes` with fresh values: matrices from normal(0, initializer_range), LayerNorm's weights 1, biases 0.
 *
 * @example
 * initializeTensors(new Map([["classifier.bias", [2]]]), config).get("classifier.bias"); // two zeros
 */
export function initializeTensors(
  shapes: ReadonlyMap<string, readonly number[]>,
  config: BertConfig,
): Map<string, TensorView> {
  const range = config.get("initializer_range");
  const deviation = typeof range === "number" ? range : 0.02;
  return new Map(
    Array.from(shapes, ([name, shape]) => {
      const values = new Float32Array(elementCount(shape));
      if (name.endsWith("LayerNorm.weight")) values.fill(1);
      else if (!name.endsWith("bias")) fillNormal(values, deviation, seedOf(name));
      return [name, { dtype: "F32", shape, bytes: new Uint8Array(values.buffer) }];
    }),
  );
}

/** Box and Muller's way from two uniform numbers to a normal one. */
function fillNormal(values: Float32Array, deviation: number, seed: number): void {
  const random = mulberry32(seed);
  for (let index = 0; index < values.length; index++) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    values[index] = deviation * radius * Math.cos(2 * Math.PI * random());
  }
}

function seedOf(name: string): number {
  let hash = FNV1A_SEED;
  for (let index = 0; index < name.length; index++) hash = fnv1a(hash, name.charCodeAt(index));
  return hash >>> 0;
}

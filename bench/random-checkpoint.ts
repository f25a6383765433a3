// An encoder of any shape with random weights, as a checkpoint's tensors: what speed and memory are measured on where no real model is. It
// answers nothing of use.

import { encoderSpec } from "../src/architectures/architectures.ts";
import type { BertConfig } from "../src/architectures/config.ts";
import { encoderShapes } from "../src/architectures/encoder-spec.ts";
import type { OnnxTensor } from "../src/onnx/to-onnx.ts";

// A uniform distribution of a deviation of 0.02, which is BERT's own.
const WIDTH = 0.02 * Math.sqrt(3);

/** By canonical name; weights as BERT's are when its training begins, the same every time. */
export function randomEncoder(config: BertConfig): Map<string, OnnxTensor> {
  return randomTensors(encoderShapes({ ...encoderSpec(config), outputs: [] }));
}

/** Tensors of these shapes, by name. */
export function randomTensors(shapes: ReadonlyMap<string, readonly number[]>): Map<string, OnnxTensor> {
  const random = uniform();
  return new Map(
    Array.from(shapes, ([name, shape]) => {
      const data = new Float32Array(shape.reduce((product, extent) => product * extent, 1));
      if (name.endsWith("LayerNorm.weight")) data.fill(1);
      else if (!name.endsWith("bias")) for (let i = 0; i < data.length; i++) data[i] = WIDTH * random();
      return [name, { shape, data }];
    }),
  );
}

/** Numbers between −1 and 1. */
function uniform(): () => number {
  let state = 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  };
}

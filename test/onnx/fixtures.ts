// A checkpoint's tensors as toOnnx takes them.
import { BERT } from "../../src/architectures/bert.ts";
import { canonicalNames } from "../../src/architectures/names.ts";
import type { OnnxTensor } from "../../src/onnx/to-onnx.ts";
import { readSafetensors, toFloat32 } from "../../src/safetensors.ts";

/** Every tensor of a safetensors file in f32, under its canonical name. */
export function f32Tensors(file: Uint8Array): Map<string, OnnxTensor> {
  const views = canonicalNames(readSafetensors(file).tensors, BERT.names);
  return new Map(Array.from(views, ([name, view]) => [name, { shape: view.shape, data: toFloat32(view) }]));
}

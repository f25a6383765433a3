// onnxruntime-web in a Worker, which may not compile bytes at run time: its wasm file is imported as a module.

import module from "onnxruntime-web/ort-wasm-simd-threaded.wasm";
import { env, InferenceSession } from "onnxruntime-web/wasm";

export async function loadOrt() {
  return { env, InferenceSession, module };
}

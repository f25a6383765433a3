// onnxruntime-web on a page, in place of the project's own "#ort": its wasm file is fetched from beside the page.
import { env, InferenceSession } from "onnxruntime-web/wasm";

export async function loadOrt() {
  return { env, InferenceSession, module: await WebAssembly.compileStreaming(fetch("/ort.wasm")) };
}

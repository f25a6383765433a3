// The compiled onnxruntime-web module in a Worker, which may not compile bytes at run time: it is imported as a module.
import module from "onnxruntime-web/ort-wasm-simd-threaded.wasm";

export async function loadOrtModule(): Promise<WebAssembly.Module> {
  return module;
}

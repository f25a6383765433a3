// onnxruntime-web outside of Workers: an optional package, and its wasm file, read and compiled when a session is first asked for. Workers
// get theirs from modules.workerd.ts; package.json ("#ort") chooses between the two.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { importOptional } from "../../optional-package.ts";

/** @throws BertletError `unsupported` if onnxruntime-web is not installed */
export function loadOrt() {
  return importOptional("onnxruntime-web", "the ort engine", async () => {
    const { env, InferenceSession } = await import("onnxruntime-web/wasm");
    const path = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
    return { env, InferenceSession, module: await WebAssembly.compile(await readFile(path)) };
  });
}

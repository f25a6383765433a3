// The compiled onnxruntime-web module under Node, Bun and Deno: read from the package and compiled. Workers get theirs from
// ort-modules.workerd.ts; package.json ("#ort") chooses between the two.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

export async function loadOrtModule(): Promise<WebAssembly.Module> {
  const path = createRequire(import.meta.url).resolve("onnxruntime-web/ort-wasm-simd-threaded.wasm");
  return WebAssembly.compile(await readFile(path));
}

// The compiled training modules under Node, Bun and Deno: read from dist/kernel. package.json ("#training-kernel") chooses this file.
import { readFile } from "node:fs/promises";
import type { KernelBuild } from "../kernels/abi.ts";

export async function loadTrainingModule(build: KernelBuild): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await readFile(new URL(`../../../dist/kernel/${build}-training.wasm`, import.meta.url)));
}

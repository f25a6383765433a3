// The compiled training modules in a Worker. Nothing but training imports them, so that a Worker that only answers has none of them.
import baseline from "../../../dist/kernel/baseline-training.wasm";
import relaxed from "../../../dist/kernel/relaxed-training.wasm";
import type { KernelBuild } from "../kernels/abi.ts";

const modules: Record<KernelBuild, WebAssembly.Module> = { relaxed, baseline };

export async function loadTrainingModule(build: KernelBuild): Promise<WebAssembly.Module> {
  return modules[build];
}

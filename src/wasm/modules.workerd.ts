// The compiled kernel modules in a Worker, which may not compile bytes at run time: they are imported as modules.
import baseline from "../../dist/kernel/baseline.wasm";
import relaxed from "../../dist/kernel/relaxed.wasm";
import type { KernelBuild } from "./kernel-modules.ts";

const modules: Record<KernelBuild, WebAssembly.Module> = { relaxed, baseline };

export async function loadKernelModule(build: KernelBuild): Promise<WebAssembly.Module> {
  return modules[build];
}

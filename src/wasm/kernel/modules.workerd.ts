// The compiled kernel modules in a Worker, which may not compile bytes at run time: they are imported as modules.
import baseline from "../../../dist/kernel/baseline.wasm";
import relaxed from "../../../dist/kernel/relaxed.wasm";
import type { KernelBuild } from "../kernels/abi.ts";
import type { Engine } from "./revectorization.ts";

/** Bytes of wasm memory that a session may take unless told otherwise: an isolate has 128 MB, and JavaScript and requests need some. */
export const MAXIMUM_MEMORY = 112 * 2 ** 20;

const modules: Record<KernelBuild, WebAssembly.Module> = { relaxed, baseline };

export async function loadKernelModule(build: KernelBuild): Promise<WebAssembly.Module> {
  return modules[build];
}

/** Workers cannot set V8's flags. */
export const engine: Engine | undefined = undefined;

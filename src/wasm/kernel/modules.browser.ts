// The compiled kernel modules in a browser: fetched and compiled there, once. They lie where this file finds them in the project, or
// where a bundler that knows `new URL(…, import.meta.url)` puts them. package.json ("#kernel") chooses this file.
import { BertletError } from "../../errors.ts";
import type { KernelBuild } from "../kernels/abi.ts";
import type { Engine } from "./revectorization.ts";

/** Bytes of wasm memory that a session may take unless told otherwise: a page on a telephone gets little more. */
export const MAXIMUM_MEMORY = 2 ** 30;

const ADDRESSES: Record<KernelBuild, URL> = {
  relaxed: new URL("../../../dist/kernel/relaxed.wasm", import.meta.url),
  baseline: new URL("../../../dist/kernel/baseline.wasm", import.meta.url),
};

const modules = new Map<KernelBuild, Promise<WebAssembly.Module>>();

export function loadKernelModule(build: KernelBuild): Promise<WebAssembly.Module> {
  let module = modules.get(build);
  if (!module) {
    module = fetchModule(ADDRESSES[build]);
    // A failure is not kept: the next session tries again.
    module.catch(() => modules.delete(build));
    modules.set(build, module);
  }
  return module;
}

async function fetchModule(address: URL): Promise<WebAssembly.Module> {
  const response = await fetch(address).catch((cause: unknown) => {
    throw new BertletError("not_found", `${address.origin} cannot be reached`, { cause });
  });
  if (!response.ok) throw new BertletError("not_found", `${address.href} is refused with status ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** A page cannot set V8's flags. */
export const engine: Engine | undefined = undefined;

// The compiled kernel modules under Node, Bun and Deno: read from dist/kernel and compiled once. Workers get theirs from
// modules.workerd.ts; package.json ("#kernel") chooses between the two.
import { readFile } from "node:fs/promises";
import type { KernelBuild } from "../kernels/abi.ts";

/** Bytes of wasm memory that a session may take unless told otherwise: all that 32 bits address. */
export const MAXIMUM_MEMORY = 2 ** 32 - 65_536;

const modules = new Map<KernelBuild, Promise<WebAssembly.Module>>();

export function loadKernelModule(build: KernelBuild): Promise<WebAssembly.Module> {
  let module = modules.get(build);
  if (!module) {
    module = readFile(new URL(`../../../dist/kernel/${build}.wasm`, import.meta.url)).then((bytes) =>
      WebAssembly.compile(bytes),
    );
    modules.set(build, module);
  }
  return module;
}

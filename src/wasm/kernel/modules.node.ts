// The compiled kernel modules under Node, Bun and Deno: read from dist/kernel and compiled once. Workers get theirs from
// modules.workerd.ts; package.json ("#kernel") chooses between the two.
import { readFile } from "node:fs/promises";
import v8 from "node:v8";
import type { KernelBuild } from "../kernels/abi.ts";
import type { Engine } from "./revectorization.ts";

/** Bytes of wasm memory that a session may take unless told otherwise: all that 32 bits address. */
export const MAXIMUM_MEMORY = 2 ** 32 - 65_536;

const modules = new Map<KernelBuild, Promise<WebAssembly.Module>>();

export function loadKernelModule(build: KernelBuild): Promise<WebAssembly.Module> {
  let module = modules.get(build);
  if (!module) {
    module = readKernel(build).then((bytes) => WebAssembly.compile(bytes));
    modules.set(build, module);
  }
  return module;
}

function readKernel(build: KernelBuild): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(new URL(`../../../dist/kernel/${build}.wasm`, import.meta.url));
}

const { arch, versions } = process;
// Bun and Deno have their own flags, and V8 has the pass for x64 only.
const hasFlag = arch === "x64" && versions.bun === undefined && versions.deno === undefined;
/** V8, where it has the flag that enableRevectorization sets. */
export const engine: Engine | undefined = hasFlag ? { setFlags: v8.setFlagsFromString, readKernel } : undefined;

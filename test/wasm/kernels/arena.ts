// A kernel module with its own memory, in which every buffer has guard bytes on both sides: a call may write its outputs and nothing else.
import { loadKernelModule } from "#kernel";
import { loadTrainingModule } from "#training-kernel";
import { align } from "../../../src/quantize/layout.ts";
import type { KernelBuild, KernelExports } from "../../../src/wasm/kernels/abi.ts";
import type { TrainingExports } from "../../../src/wasm/kernels/training-abi.ts";
import { loadTestModule } from "./modules.ts";

const PAGES = 32;
const GUARD = 64;
const FILL = 0xa5;

type Values = Float32Array | Int32Array | Uint8Array;

export class Arena<Exports = KernelExports> {
  readonly exports: Exports;
  readonly #memory: WebAssembly.Memory;
  #end = GUARD;
  #writable: Uint8Array[] = [];

  constructor(module: WebAssembly.Module) {
    this.#memory = new WebAssembly.Memory({ initial: PAGES, maximum: 2048 });
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.exports = instance.exports as unknown as Exports;
  }

  /** Forgets every buffer. */
  reset(): void {
    new Uint8Array(this.#memory.buffer).fill(FILL);
    this.#end = GUARD;
    this.#writable = [];
  }

  /** A buffer that calls may only read. */
  input(values: Values): number {
    const at = this.#allocate(values.byteLength);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.#memory.buffer).set(bytes, at);
    return at;
  }

  /** A buffer that calls may write: with `values` in it or, given a number of bytes, filled with ones (NaN when read as f32). */
  output(values: Values | number): number {
    const bytes = typeof values === "number" ? values : values.byteLength;
    const at = typeof values === "number" ? this.#allocate(bytes) : this.input(values);
    if (typeof values === "number") new Uint8Array(this.#memory.buffer, at, bytes).fill(0xff);
    this.#writable.push(new Uint8Array(this.#memory.buffer, at, bytes));
    return at;
  }

  /** Calls a kernel, and throws when it wrote outside the outputs. */
  call(run: (kernel: Exports) => void): void {
    const used = this.#end + GUARD;
    const before = new Uint8Array(this.#memory.buffer.slice(0, used));
    run(this.exports);
    for (const { byteOffset, length } of this.#writable) before.fill(0, byteOffset, byteOffset + length);
    const after = new Uint8Array(this.#memory.buffer.slice(0, used));
    for (const { byteOffset, length } of this.#writable) after.fill(0, byteOffset, byteOffset + length);
    const at = before.findIndex((byte, i) => byte !== after[i]);
    if (at >= 0) throw new Error(`the kernel wrote to ${at}, which is not an output`);
  }

  f32(at: number, length: number): Float32Array {
    return new Float32Array(this.#memory.buffer, at, length);
  }

  i32(at: number, length: number): Int32Array {
    return new Int32Array(this.#memory.buffer, at, length);
  }

  bytes(at: number, length: number): Uint8Array {
    return new Uint8Array(this.#memory.buffer, at, length);
  }

  #allocate(bytes: number): number {
    const at = align(this.#end);
    this.#end = at + bytes + GUARD;
    if (this.#end + GUARD > this.#memory.buffer.byteLength) throw new Error("the arena is too small for this test");
    return at;
  }
}

/** The kernels that every test runs on: both builds as they are shipped. */
export const builds = ["baseline", "relaxed"] as const;
/** For kernels with an inner loop per kind of processor: the relaxed build with each of them, whichever it would choose here. */
export const variants = [...builds, "relaxed, dot products", "relaxed, pairs of products"] as const;
export type Variant = (typeof variants)[number];

export async function openArena(variant: Variant): Promise<Arena> {
  switch (variant) {
    case "baseline":
    case "relaxed":
      return new Arena(await loadKernelModule(variant));
    case "relaxed, dot products":
      return new Arena(await loadTestModule("relaxed-dot"));
    case "relaxed, pairs of products":
      return new Arena(await loadTestModule("relaxed-pair"));
  }
}

/** The kernels of training. */
export async function openTrainingArena(build: KernelBuild): Promise<Arena<TrainingExports>> {
  return new Arena(await loadTrainingModule(build));
}

export function buildOf(variant: Variant): KernelBuild {
  return variant === "baseline" ? "baseline" : "relaxed";
}

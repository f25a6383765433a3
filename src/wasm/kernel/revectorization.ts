// 256-bit WebAssembly where V8 offers it: a pass, behind a flag, that packs pairs of 128-bit operations into AVX2 instructions.
import { engine } from "#kernel";
import type { KernelBuild, KernelExports } from "../kernels/abi.ts";
import { Activation } from "../kernels/abi.ts";
import { preferredBuild } from "./relaxed-simd.ts";
import { wasmWidth } from "./width.ts";

const FLAG = "experimental-wasm-revectorize";

/**
 * Turns on V8's revectorisation of WebAssembly, which makes a run of an int8 model 1.2 to 2 times as fast in Node on x64 processors and
 * changes no bit of its results. Call it before the first session: code that is compiled already stays as it is. The flag is
 * experimental and applies to all WebAssembly of the process, so the library never sets it itself.
 *
 * @returns whether it is on. It is not outside Node on x64, and not if a probe gives different bits with it.
 * @example
 * await enableRevectorization();
 * const session = await KernelSession.create(await readFile("model.safetensors"));
 */
export async function enableRevectorization(): Promise<boolean> {
  if (!engine) return false;
  const build = preferredBuild();
  const bytes = await engine.readKernel(build);
  const before = probe(engine, bytes, "128");
  engine.setFlags(`--${FLAG}`);
  const after = probe(engine, bytes, "256");
  if (before.every((byte, i) => byte === after[i])) {
    wasmWidth.bits = 256;
    return true;
  }
  engine.setFlags(`--no-${FLAG}`);
  return false;
}

/** What only Node has: V8's flags, and the bytes of the kernels. */
export interface Engine {
  setFlags(flags: string): void;
  readKernel(build: KernelBuild): Promise<Uint8Array<ArrayBuffer>>;
}

const [M, N, K] = [8, 16, 64];
const BYTES = { x: 4 * M * N * K, y: 4 * M * N };

/**
 * The bits of some products by code of the optimising compiler. V8 shares code between modules of the same bytes, so each probe has bytes
 * of its own, by a custom section that holds its label.
 */
function probe({ setFlags }: Engine, kernel: Uint8Array<ArrayBuffer>, label: string): Uint8Array {
  const name = new TextEncoder().encode(label);
  const labelled = new Uint8Array([...kernel, 0, name.length + 1, name.length, ...name]);
  const memory = new WebAssembly.Memory({ initial: 8, maximum: 65_535 });
  setFlags("--no-liftoff");
  try {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(labelled), { env: { memory } });
    return multiply(instance.exports as unknown as KernelExports, memory);
  } finally {
    setFlags("--liftoff");
  }
}

/** y = gelu(x·W + b) in int8 and in f32, and attention over the same numbers. */
function multiply(kernel: KernelExports, memory: WebAssembly.Memory): Uint8Array {
  let end = 1024;
  const take = (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 64) * 64;
    return address;
  };
  const x = take(BYTES.x);
  new Float32Array(memory.buffer, x, BYTES.x / 4).forEach((_, i, values) => {
    values[i] = ((i * 7919) % 4093) / 2048 - 1;
  });
  const w = take(N * K);
  new Uint8Array(memory.buffer, w, N * K).forEach((_, i, values) => {
    values[i] = 1 + ((i * 7919) % 127);
  });
  const [q, scale, sum] = [take(kernel.qd8_bytes(M, K)), take(4 * M), take(4 * M)];
  const scratch = take(kernel.attention_scratch(M, N));
  const y = take(3 * BYTES.y);
  kernel.quantize_f32_qd8(x, 4 * K, q, scale, sum, M, K);
  kernel.gemm_qd8_f32_qc7w(q, scale, sum, w, x, x, y, 4 * N, M, N, K, Activation.gelu);
  kernel.gemm_f32(x, 4 * K, x, x, y + BYTES.y, 4 * N, M, N, K, Activation.gelu);
  kernel.attention_f32(x, 4 * K, x, x, 4 * K, y + 2 * BYTES.y, 4 * N, scratch, 0, M, M, 1, N, 0.25, 0);
  return new Uint8Array(memory.buffer, y, 3 * BYTES.y);
}

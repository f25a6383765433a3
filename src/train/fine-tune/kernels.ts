// Forward and training kernels over one memory, and the two directions of a dense layer.
//
// Letters: M rows, N outputs, K inputs.
import { loadKernelModule, MAXIMUM_MEMORY } from "#kernel";
import { loadTrainingModule } from "#training-kernel";
import { type Layout, SessionMemory } from "../../wasm/kernel/arena.ts";
import { preferredBuild } from "../../wasm/kernel/relaxed-simd.ts";
import { Activation, type KernelBuild, type KernelExports } from "../../wasm/kernels/abi.ts";
import type { TrainingExports } from "../../wasm/kernels/training-abi.ts";
import type { Parameter } from "./parameters.ts";

export type Kernels = KernelExports & TrainingExports;

/** Instantiates both modules on a new memory of `bytes` bytes, which may grow up to `maximum`. */
export async function openKernels(
  bytes: number,
  build: KernelBuild = preferredBuild(),
  maximum: number = MAXIMUM_MEMORY,
): Promise<{ readonly kernels: Kernels; readonly memory: SessionMemory }> {
  const memory = new SessionMemory(bytes, maximum);
  const imports = { env: { memory: memory.memory } };
  const [forward, training] = await Promise.all([loadKernelModule(build), loadTrainingModule(build)]);
  const instances = await Promise.all([forward, training].map((module) => WebAssembly.instantiate(module, imports)));
  return { kernels: Object.assign({}, ...instances.map(({ exports }) => exports)) as Kernels, memory };
}

/** A dense layer [N][K]; several adjacent ones may be one. */
export interface Dense {
  readonly weight: number;
  readonly bias: number;
  /** 0 where the layer is frozen. */
  readonly dWeight: number;
  readonly dBias: number;
  readonly N: number;
  readonly K: number;
}

export function denseOf(weight: Parameter, bias: Parameter, copies = 1): Dense {
  return {
    weight: weight.weight,
    bias: bias.weight,
    dWeight: weight.gradient,
    dBias: bias.gradient,
    N: copies * weight.rows,
    K: weight.columns,
  };
}

/** Where products put their operands: a transposed gradient, and panels. */
export interface Workspace {
  readonly turned: number;
  readonly panels: number;
}

/** Room for the products of layers [N][K] with up to M rows. */
export function planWorkspace(layout: Layout, M: number, layers: readonly Pick<Dense, "N" | "K">[]): Workspace {
  const rows = spare(M);
  const largest = (sizes: readonly number[]) => Math.max(...sizes);
  return {
    turned: layout.take(largest(layers.map(({ N }) => N * rows)), 4),
    panels: layout.take(largest(layers.map(({ N, K }) => K * Math.max(N, rows))), 4),
  };
}

/** y [M][N] = x·Wᵀ + b. */
export function denseForward(
  kernels: Kernels,
  { panels }: Workspace,
  layer: Dense,
  x: number,
  y: number,
  M: number,
): void {
  const { weight, bias, N, K } = layer;
  kernels.pack_transposed_f32(weight, 4 * K, panels, N, K);
  kernels.gemm_f32(x, 4 * K, panels, bias, y, 4 * N, M, N, K, Activation.none);
}

/** dW += dyᵀ·x and db += Σ dy where the layer is trained, and dx += dy·W unless `dx` is 0. */
export function denseBackward(
  kernels: Kernels,
  { turned, panels }: Workspace,
  layer: Dense,
  { x, dy, dx }: { readonly x: number; readonly dy: number; readonly dx: number },
  M: number,
): void {
  const { weight, dWeight, dBias, N, K } = layer;
  if (dWeight) {
    const stride = 4 * spare(M);
    kernels.transpose_f32(dy, 4 * N, turned, stride, M, N);
    kernels.pack_f32(x, 4 * K, panels, M, K);
    kernels.gemm_accumulate_f32(turned, stride, panels, dWeight, 4 * K, N, K, M);
  }
  if (dBias) kernels.sum_rows_f32(dy, 4 * N, dBias, M, N);
  if (!dx) return;
  kernels.pack_f32(weight, 4 * K, panels, N, K);
  kernels.gemm_accumulate_f32(dy, 4 * N, panels, dx, 4 * K, M, K, N);
}

/** Rows to allocate for M. */
export function spare(M: number): number {
  return Math.ceil(M / 16) * 16 + 16;
}

// The objective of multinomial logistic regression: mean cross entropy and the penalty of its weights, with the two matrix products on the
// forward kernels and everything else in f64.
//
// Letters: N examples, H the width of a vector, K labels. B examples are taken at a time, so that their gradients are added in f64.
import { loadKernelModule } from "#kernel";
import { align } from "../quantize/layout.ts";
import { Layout } from "../wasm/kernel/arena.ts";
import { preferredBuild } from "../wasm/kernel/relaxed-simd.ts";
import { Activation, type KernelExports } from "../wasm/kernels/abi.ts";
import type { Objective } from "./lbfgs.ts";
import type { Vectors } from "./linear-head.ts";

/** What is fitted: variables are [K][H + 1], each label's bias behind its weights. */
export interface CrossEntropy {
  readonly vectors: Vectors;
  /** [N], each from 0 to K − 1 */
  readonly labels: Int32Array;
  readonly K: number;
  /** [N][K]: how probable each label is, where an example has more than one; each row sums to 1. */
  readonly targets?: Float32Array | undefined;
  /** [N]: how much each example counts; 1 when left out. */
  readonly exampleWeights?: Float64Array | undefined;
  /** Of half the squared weights; biases are free. */
  readonly penalty: number;
}

const BLOCK = 1024;
const PAGE_BYTES = 65_536;
// The layout of W has panels of eight outputs.
const PANEL = 8;

/** The objective, on memory of its own. */
export async function crossEntropy(problem: CrossEntropy): Promise<Objective> {
  const { vectors, labels, K, targets, exampleWeights, penalty } = problem;
  const { values, width: H } = vectors;
  const N = labels.length;
  const [B, Hp, Kp] = [Math.min(BLOCK, align(N)), align(H), align(K)];
  const layout = new Layout(64);
  const place = {
    // f32 [B][Hp], and the same as [Hp / 8][B][8]
    x: layout.take(B * Hp, 4),
    xPanels: layout.take(B * Hp, 4),
    // f32 [Kp / 8][Hp][8] and [Kp]
    w: layout.take(Kp * Hp, 4),
    bias: layout.take(Kp, 4),
    // f32 [B][Kp]
    logits: layout.take(B * Kp, 4),
    // f32 [Kp][B]
    slopes: layout.take(Kp * B, 4),
    // f32 [Kp][Hp], and zeros [Hp]
    gradient: layout.take(Kp * Hp, 4),
    zeros: layout.take(Hp, 4),
  };
  const memory = new WebAssembly.Memory({ initial: Math.ceil(layout.bytes / PAGE_BYTES) });
  const instance = new WebAssembly.Instance(await loadKernelModule(preferredBuild()), { env: { memory } });
  const { gemm_f32 } = instance.exports as unknown as KernelExports;
  const f32 = (address: number, length: number) => new Float32Array(memory.buffer, address, length);
  const x = f32(place.x, B * Hp);
  const xPanels = f32(place.xPanels, B * Hp);
  const w = f32(place.w, Kp * Hp);
  const bias = f32(place.bias, Kp);
  const logits = f32(place.logits, B * Kp);
  const slopes = f32(place.slopes, Kp * B);
  const products = f32(place.gradient, Kp * Hp);
  let loaded = -1;

  /** Examples from `first` on, zeros behind the last one. */
  const load = (first: number, count: number) => {
    // With one block, it stays.
    if (loaded === first) return;
    loaded = first;
    x.fill(0);
    xPanels.fill(0);
    for (let n = 0; n < count; n++) {
      const row = (first + n) * H;
      x.set(values.subarray(row, row + H), n * Hp);
      for (let h = 0; h < H; h++) xPanels[((h >> 3) * B + n) * PANEL + (h & 7)] = values[row + h]!;
    }
  };

  const setPoint = (point: Float64Array) => {
    for (let k = 0; k < K; k++) {
      const [own, panel] = [k * (H + 1), (k >> 3) * Hp * PANEL + (k & 7)];
      for (let h = 0; h < H; h++) w[panel + h * PANEL] = point[own + h]!;
      bias[k] = point[own + H]!;
    }
  };

  /** The block's loss; its slopes, transposed. */
  const softmax = (first: number, count: number): number => {
    slopes.fill(0);
    let loss = 0;
    for (let n = 0; n < count; n++) {
      const weight = (exampleWeights?.[first + n] ?? 1) / N;
      if (weight === 0) continue;
      const own = n * Kp;
      let most = Number.NEGATIVE_INFINITY;
      for (let k = 0; k < K; k++) if (logits[own + k]! > most) most = logits[own + k]!;
      const label = labels[first + n]!;
      const target = targets?.subarray((first + n) * K, (first + n + 1) * K);
      const right = target ? dot(target, logits, own) : logits[own + label]!;
      let total = 0;
      for (let k = 0; k < K; k++) {
        const p = Math.exp(logits[own + k]! - most);
        logits[own + k] = p;
        total += p;
      }
      loss += weight * (Math.log(total) + most - right);
      const scale = weight / total;
      for (let k = 0; k < K; k++) slopes[k * B + n] = scale * logits[own + k]!;
      if (target) for (let k = 0; k < K; k++) slopes[k * B + n]! -= weight * target[k]!;
      else slopes[label * B + n]! -= weight;
    }
    return loss;
  };

  const addGradient = (gradient: Float64Array, count: number) => {
    gemm_f32(place.slopes, 4 * B, place.xPanels, place.zeros, place.gradient, 4 * Hp, K, Hp, B, Activation.none);
    for (let k = 0; k < K; k++) {
      const own = k * (H + 1);
      for (let h = 0; h < H; h++) gradient[own + h]! += products[k * Hp + h]!;
      for (let n = 0; n < count; n++) gradient[own + H]! += slopes[k * B + n]!;
    }
  };

  return (point, gradient) => {
    gradient.fill(0);
    setPoint(point);
    let loss = 0;
    for (let first = 0; first < N; first += B) {
      const count = Math.min(B, N - first);
      load(first, count);
      gemm_f32(place.x, 4 * Hp, place.w, place.bias, place.logits, 4 * Kp, count, Kp, Hp, Activation.none);
      loss += softmax(first, count);
      addGradient(gradient, count);
    }
    return loss + addPenalty(point, gradient, H, penalty);
  };
}

/** target·values, from `at` on. */
function dot(target: Float32Array, values: Float32Array, at: number): number {
  return target.reduce((sum, t, k) => sum + t * values[at + k]!, 0);
}

/** penalty·½·Σ weight², and its gradient; biases, each behind its H weights, are free. */
export function addPenalty(point: Float64Array, gradient: Float64Array, H: number, penalty: number): number {
  let squares = 0;
  for (let i = 0; i < point.length; i++) {
    if (i % (H + 1) === H) continue;
    squares += point[i]! ** 2;
    gradient[i]! += penalty * point[i]!;
  }
  return (penalty * squares) / 2;
}

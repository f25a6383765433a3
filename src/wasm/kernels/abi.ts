// The contract between the compiled kernels (src/wasm/kernels/forward, AssemblyScript) and their callers. NAMING.md explains the names.
//
// Addresses are byte offsets into the memory that the instance imports, multiples of 16. Every stride is the distance in bytes between two
// rows of an operand, as in XNNPACK. N, K and D are multiples of 16 (src/quantize/layout.ts), strides of 64 bytes, and the padding of
// every activation row is zero. q, scale and sum have room for M rounded up to a multiple of 4, and the spare rows are written; of f32
// operands only the M rows are read or written.
// Letters: M rows of this call, S tokens attended to, A heads, D padded head size, N outputs, K inputs.

/** The two builds of the same source: with relaxed SIMD, and with plain SIMD128. */
export type KernelBuild = "relaxed" | "baseline";

/**
 * What a GEMM applies to x·W + b: everything the reference's ACT2FN has, each function once, with an error of 1e-6 × max(1, |x|); gelu and
 * gelu_10 with 4e-5 if the weights are quantised. The numbers are part of the contract. sigmoid(0) and laplace(0) are not 0, so neither is
 * the padding of their y; the zero weights of padded inputs cancel it in the next product.
 */
export const Activation = {
  none: 0,
  gelu: 1,
  /** The tanh approximation of gelu. */
  gelu_new: 2,
  relu: 3,
  silu: 4,
  tanh: 5,
  /** gelu, at most 10. */
  gelu_10: 6,
  /** Φ((x − 0.707107) / 0.282095), of MEGA. */
  laplace: 7,
  /** x, or x / 100 if x is negative. */
  leaky_relu: 8,
  /** x tanh(ln(1 + e^x)) */
  mish: 9,
  /** x sigmoid(1.702 x) */
  quick_gelu: 10,
  /** The square of relu. */
  relu2: 11,
  /** relu, at most 6. */
  relu6: 12,
  sigmoid: 13,
} as const;
export type Activation = (typeof Activation)[keyof typeof Activation];

export interface KernelExports {
  /** The address where the platform writes a signal. */
  readonly __instance_signal: WebAssembly.Global;
  /**
   * r = x rotated; q = round(r × (127 / max|row|)), ties to even; scale = max|row| / 127; sum = 64 × Σ q, i32. A row below 1e-30
   * counts as zero and has scale 0. q is in the build's own layout (src/wasm/kernels/forward/quantize.ts), and takes qd8_bytes(M, K).
   */
  quantize_f32_qd8(x: number, x_stride: number, q: number, scale: number, sum: number, M: number, K: number): void;
  qd8_bytes(M: number, K: number): number;
  /** Bytes of four rows of q, which are stored together: row m of q, m a multiple of 4, begins at m / 4 × qd8_group(K). */
  qd8_group(K: number): number;
  /**
   * Rotates rows in place; a second call undoes it. Each block of 16 columns is X [4][4] and becomes H·Xᵀ·H / 4, H the Hadamard matrix of
   * order 4.
   */
  rotate_f32(x: number, x_stride: number, M: number, K: number): void;
  /** y [M][N] = activation((q·W − sum) × scale × wscale + bias); W in qc7w layout. */
  gemm_qd8_f32_qc7w(
    q: number,
    scale: number,
    sum: number,
    w: number,
    wscale: number,
    bias: number,
    y: number,
    y_stride: number,
    M: number,
    N: number,
    K: number,
    activation: Activation,
  ): void;
  /** y [M][N] = activation((q·W) × scale × wscale + bias); W in qm4w layout with its multipliers. */
  gemm_qd8_f32_qm4w(
    q: number,
    scale: number,
    w: number,
    multiplier: number,
    wscale: number,
    bias: number,
    y: number,
    y_stride: number,
    M: number,
    N: number,
    K: number,
    activation: Activation,
  ): void;
  /** y [M][N] = activation(x·W + bias); W in f32 layout. */
  gemm_f32(
    x: number,
    x_stride: number,
    w: number,
    bias: number,
    y: number,
    y_stride: number,
    M: number,
    N: number,
    K: number,
    activation: Activation,
  ): void;
  /**
   * y = (v − mean) / sqrt(variance + eps) × gamma + beta over the first H of each row, v = x + residual (0: none), and zeros up to
   * the next multiple of 16. x, residual and y have the same stride. y may be x or residual.
   */
  layernorm_f32(
    x: number,
    residual: number,
    gamma: number,
    beta: number,
    y: number,
    stride: number,
    M: number,
    H: number,
    eps: number,
  ): void;
  /** The same, with y also quantised as quantize_f32_qd8 does, K = H rounded up to 16, in the same pass. */
  layernorm_f32_qd8(
    x: number,
    residual: number,
    gamma: number,
    beta: number,
    y: number,
    stride: number,
    M: number,
    H: number,
    eps: number,
    q: number,
    scale: number,
    sum: number,
  ): void;
  /**
   * For each head a: y[:, a] = p[a]·v[:, a], p[a] = softmax(q[:, a]·k[:, a]ᵀ × factor + bias[a]) × head_factor[a], M queries over S
   * keys; head a is the D columns from a × D on. Causal: query i attends to keys 0…S−M+i, and M ≤ S.
   *
   * The operands at the end may be left out, or 0, and then cost nothing:
   * - `bias` f32 [A][M][S], added to the scores of each head: an attention mask per query and key (0, or a large negative number such as
   *   −3.4e38), a relative position bias, or their sum. `bias_stride` is the distance between two queries, a multiple of 16 and at least
   *   4 × S; `bias_head_stride` that between two heads, 0 for one [M][S] for all heads. The padding of its rows may hold anything.
   *   A query whose keys are all masked by the same number attends to all of them equally, as in the reference.
   * - `head_factor` f32 [A], the reference's head_mask of one layer.
   *
   * @param probs 0, or room for p, f32 [A][M][S]
   * @param scratch attention_scratch(S, D) bytes
   */
  attention_f32(
    q: number,
    q_stride: number,
    k: number,
    v: number,
    kv_stride: number,
    y: number,
    y_stride: number,
    scratch: number,
    probs: number,
    M: number,
    S: number,
    A: number,
    D: number,
    factor: number,
    causal: number,
    bias?: number,
    bias_stride?: number,
    bias_head_stride?: number,
    head_factor?: number,
  ): void;
  attention_scratch(S: number, D: number): number;
  /** y[m] = entry index[m] (i32) of the table, or y[m] += it; W in qc7w layout, one entry per column, K values each. */
  embed_qc7w(
    w: number,
    wscale: number,
    index: number,
    y: number,
    y_stride: number,
    M: number,
    K: number,
    accumulate: number,
  ): void;
  /** The same for W in qm4w layout. */
  embed_qm4w(
    w: number,
    multiplier: number,
    wscale: number,
    index: number,
    y: number,
    y_stride: number,
    M: number,
    K: number,
    accumulate: number,
  ): void;
  /** The same for W in f32 layout. */
  embed_f32(w: number, index: number, y: number, y_stride: number, M: number, K: number, accumulate: number): void;
}

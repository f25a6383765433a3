// What the compiled kernels offer: the contract between src/wasm/kernels/forward (AssemblyScript) and its callers. It holds no code.
//
// Addresses are byte offsets into the memory that the instance imports, multiples of 16. Strides (ld…) count elements. Every
// N, K and stride is a multiple of 16 (src/quantize/layout.ts) and the padding of every activation row is zero. q, scale and sum
// have room for M rounded up to a multiple of 4, and those spare rows are written; of f32 rows only the M are read or written.
// Letters: M rows of this call, S tokens attended to, A heads, D padded head size, N outputs, K inputs.

/** The two builds of the one source: with relaxed SIMD, and with plain SIMD128. */
export type KernelBuild = "relaxed" | "baseline";

/**
 * What a GEMM applies to x·W + b: to 1e-6, but gelu to 4e-5 where the weights are quantised. The numbers are part of the contract.
 */
export const Activation = { none: 0, gelu: 1, gelu_new: 2, relu: 3, silu: 4, tanh: 5 } as const;
export type Activation = (typeof Activation)[keyof typeof Activation];

export interface KernelExports {
  /**
   * r = x rotated; q = round(r × (127 / max|row|)), ties to even; scale = max|row| / 127; sum = 64 × Σ q, i32. A row below 1e-30
   * counts as zero and has scale 0. q is in the build's own layout (src/wasm/kernels/forward/quantize.ts), and takes qd8_bytes(M, K).
   */
  quantize_f32_qd8(x: number, ldx: number, q: number, scale: number, sum: number, M: number, K: number): void;
  qd8_bytes(M: number, K: number): number;
  /** Bytes of four rows of q, which lie together: q of row m, a multiple of 4, begins at m / 4 × qd8_group(K). */
  qd8_group(K: number): number;
  /**
   * Whether the relaxed build uses the processor's own dot product of bytes: 1 where it has one. It changes the speed and no
   * number; set by tests and benchmarks only.
   */
  readonly dot_product: WebAssembly.Global;
  /** Rotates rows in place, or back: each block of 16 columns is X [4][4] to H·Xᵀ·H / 4, H the Hadamard matrix of order 4. */
  rotate_f32(x: number, ld: number, M: number, K: number): void;
  /** y [M][N] = activation((q·W − sum) × scale × wscale + bias); W in qc8w layout. */
  gemm_qd8_f32_qc8w(
    q: number,
    scale: number,
    sum: number,
    w: number,
    wscale: number,
    bias: number,
    y: number,
    ldy: number,
    M: number,
    N: number,
    K: number,
    activation: Activation,
  ): void;
  /** y [M][N] = activation((q·W) × scale × wscale + bias); W in qb4w layout with its multipliers. */
  gemm_qd8_f32_qb4w(
    q: number,
    scale: number,
    w: number,
    multiplier: number,
    wscale: number,
    bias: number,
    y: number,
    ldy: number,
    M: number,
    N: number,
    K: number,
    activation: Activation,
  ): void;
  /** y [M][N] = activation(x·W + bias); W in f32 layout. */
  gemm_f32(
    x: number,
    ldx: number,
    w: number,
    bias: number,
    y: number,
    ldy: number,
    M: number,
    N: number,
    K: number,
    activation: Activation,
  ): void;
  /**
   * y = (v − mean) / sqrt(variance + eps) × gamma + beta over the first H of each row, v = x + residual (0: none), and zeros up to
   * the next multiple of 16. y may be x or residual.
   */
  layernorm_f32(
    x: number,
    residual: number,
    gamma: number,
    beta: number,
    y: number,
    ld: number,
    M: number,
    H: number,
    eps: number,
  ): void;
  /** The same, and y quantised as quantize_f32_qd8 does with K = H rounded up to 16, in the same pass. */
  layernorm_f32_qd8(
    x: number,
    residual: number,
    gamma: number,
    beta: number,
    y: number,
    ld: number,
    M: number,
    H: number,
    eps: number,
    q: number,
    scale: number,
    sum: number,
  ): void;
  /**
   * For each head a: y[:, a] = softmax(q[:, a]·k[:, a]ᵀ × factor)·v[:, a], M queries over S keys; head a is D columns from a×D on.
   * Causal: query i sees keys 0…S−M+i. probs: 0, or f32 [A][M][S]. scratch: attention_scratch(S, D) bytes.
   */
  attention_f32(
    q: number,
    ldq: number,
    k: number,
    v: number,
    ldkv: number,
    y: number,
    ldy: number,
    scratch: number,
    probs: number,
    M: number,
    S: number,
    A: number,
    D: number,
    factor: number,
    causal: number,
  ): void;
  attention_scratch(S: number, D: number): number;
  /** y[m] = table entry index[m] (i32), or y[m] += it; W in qc8w layout, an entry a column, K values each. */
  embed_qc8w(
    w: number,
    wscale: number,
    index: number,
    y: number,
    ldy: number,
    M: number,
    K: number,
    accumulate: number,
  ): void;
  /** The same for W in qb4w layout. */
  embed_qb4w(
    w: number,
    multiplier: number,
    wscale: number,
    index: number,
    y: number,
    ldy: number,
    M: number,
    K: number,
    accumulate: number,
  ): void;
  /** The same for W in f32 layout. */
  embed_f32(w: number, index: number, y: number, ldy: number, M: number, K: number, accumulate: number): void;
}

// The contract of the training modules (src/wasm/kernels/backward, AssemblyScript). They share a memory with a forward module, and what
// abi.ts says of addresses, strides and padding holds here, too. Beyond it: buffers of M rows have room for M rounded up to a multiple of
// 4, and the spare rows may be written with anything.
// Letters: M rows, N outputs, K inputs, S keys, A heads, D padded head size, H hidden size, C classes.
import type { Activation } from "./abi.ts";

export interface TrainingExports {
  /** x [M][N] → panels [N/8][M][8]. */
  pack_f32(x: number, x_stride: number, panels: number, M: number, N: number): void;
  /** x [M][N] → panels [M/8][N][8]; M a multiple of 8. */
  pack_transposed_f32(x: number, x_stride: number, panels: number, M: number, N: number): void;
  /** y [N][M] = xᵀ, with zeros up to the next multiple of 4 columns. */
  transpose_f32(x: number, x_stride: number, y: number, y_stride: number, M: number, N: number): void;
  /** y [M][N] += x [M][K] · w, w in panels [N/8][K][8]. */
  gemm_accumulate_f32(
    x: number,
    x_stride: number,
    w: number,
    y: number,
    y_stride: number,
    M: number,
    N: number,
    K: number,
  ): void;
  /** y [N] += the sum of the rows of x [M][N]. */
  sum_rows_f32(x: number, x_stride: number, y: number, M: number, N: number): void;
  /** y = activation(x); columns from N on become zero. */
  activate_f32(x: number, y: number, stride: number, M: number, N: number, activation: Activation): void;
  /** dx = dy × activation'(x); dx may be dy. Columns from N on become zero. */
  activation_backward_f32(
    x: number,
    dy: number,
    dx: number,
    stride: number,
    M: number,
    N: number,
    activation: Activation,
  ): void;
  /** dv from dy, which it may be; dgamma and dbeta are added to. */
  layernorm_backward_f32(
    v: number,
    dy: number,
    gamma: number,
    dv: number,
    dgamma: number,
    dbeta: number,
    stride: number,
    M: number,
    H: number,
    eps: number,
  ): void;
  attention_backward_scratch(M: number, S: number, D: number): number;
  /** dq, dk, dv from dy and the probabilities p [A][M][S] of attention_f32; q, k, v and their gradients have one stride. */
  attention_backward_f32(
    q: number,
    k: number,
    v: number,
    stride: number,
    p: number,
    dy: number,
    dy_stride: number,
    dq: number,
    dk: number,
    dv: number,
    scratch: number,
    M: number,
    S: number,
    A: number,
    D: number,
    factor: number,
    rate: number,
    seed: number,
  ): void;
  /** y = dropout(p)·v. */
  attention_dropout_f32(
    p: number,
    v: number,
    v_stride: number,
    y: number,
    y_stride: number,
    scratch: number,
    M: number,
    S: number,
    A: number,
    D: number,
    rate: number,
    seed: number,
  ): void;
  /** In place; element i is dropped by (seed, i). */
  dropout_f32(x: number, count: number, rate: number, seed: number): void;
  /** y[m] = table[index[m]], or += it; rows of K values without gaps. */
  embed_rows_f32(table: number, index: number, y: number, M: number, K: number, accumulate: number): void;
  /** dtable[index[m]] += dy[m] where the index is not negative. */
  embed_backward_f32(dy: number, index: number, dtable: number, M: number, K: number): void;
  /** Returns the sum of −log softmax(x)[label]; rows with a negative label take no part. */
  softmax_cross_entropy_f32(
    x: number,
    label: number,
    dx: number,
    stride: number,
    M: number,
    C: number,
    scale: number,
  ): number;
  binary_cross_entropy_f32(
    x: number,
    target: number,
    dx: number,
    stride: number,
    M: number,
    C: number,
    scale: number,
  ): number;
  squared_error_f32(x: number, target: number, dx: number, stride: number, M: number, C: number, scale: number): number;
  /** y = x / |x| per row. */
  normalize_f32(x: number, y: number, stride: number, M: number, K: number): void;
  normalize_backward_f32(x: number, dy: number, dx: number, stride: number, M: number, K: number): void;
  /** Returns the sum of (a · b − label)² over pairs of rows of length 1. */
  cosine_pairs_f32(
    a: number,
    b: number,
    label: number,
    da: number,
    db: number,
    stride: number,
    M: number,
    K: number,
    scale: number,
  ): number;
  /** Σ x². */
  sum_squares_f32(x: number, count: number): number;
  /** y += x. */
  add_f32(x: number, y: number, count: number): void;
  adamw_f32(
    w: number,
    g: number,
    m: number,
    v: number,
    count: number,
    clip: number,
    decay: number,
    step: number,
    root: number,
    beta1: number,
    beta2: number,
    eps: number,
  ): void;
}

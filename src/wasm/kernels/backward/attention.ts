// The gradient of y = softmax(q·kᵀ × factor)·v per head, from the probabilities p that attention_f32 has written. Masks need no mention
// here: where a probability is zero, so is the gradient of its score.
//   dv = rᵀ·dy,  dr = dy·vᵀ,  ds = p × (dp − Σ dp × p) × factor,  dq = ds·k,  dk = dsᵀ·q;   r = dropout(p), dp = dropout(dr)
//
// Shapes: q, dq, dy [M][A × D], k, v, dk, dv [S][A × D], p [A][M][S]. M queries, S keys, A heads, D padded head size. Strides in bytes.
// A head's matrices of scores are padded to R × R, R = max(M, S) rounded up to 8, with zeros. Products write whole tiles: up to three rows
// of dq, dk and dv behind the last, which must be there, and which the next text overwrites.
import { assert_bytes, assert_padded, assert_rows } from "../forward/checks";
import { sum_f32x4 } from "../forward/math";
import { tile_4x8 } from "../forward/tile-f32";
import { keep_factor } from "./dropout";
import { pack_f32, transpose_f32 } from "./pack";

/** @inline */
function padded_rows(M: i32, S: i32): usize {
  return (<usize>max(M, S) + 7) & ~7;
}

/** For both functions: three matrices of scores, and one operand in panels. */
export function attention_backward_scratch(M: i32, S: i32, D: usize): usize {
  const R = padded_rows(M, S);
  return (3 * R * R + R * D) << 2;
}

/** y = dropout(p)·v, for a forward pass with dropout. Element i of p is dropped by (seed, i). */
export function attention_dropout_f32(
  p: usize,
  v: usize,
  v_stride: usize,
  y: usize,
  y_stride: usize,
  scratch: usize,
  M: i32,
  S: i32,
  A: i32,
  D: usize,
  rate: f32,
  seed: u32,
): void {
  assert_bytes(scratch, attention_backward_scratch(M, S, D));
  const R = padded_rows(M, S);
  const r = scratch;
  const panels = scratch + ((3 * R * R) << 2);
  for (let a = 0; a < A; a++) {
    const column = (<usize>a * D) << 2;
    const first = a * M * S;
    load_scores(p + ((<usize>first) << 2), r, M, S, R, rate, seed, first);
    pack_f32(v + column, v_stride, panels, S, D);
    multiply(r, R << 2, panels, y + column, y_stride, M, D, <usize>S);
  }
}

export function attention_backward_f32(
  q: usize,
  k: usize,
  v: usize,
  stride: usize,
  p: usize,
  dy: usize,
  dy_stride: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  scratch: usize,
  M: i32,
  S: i32,
  A: i32,
  D: usize,
  factor: f32,
  rate: f32,
  seed: u32,
): void {
  assert_padded(D);
  assert_rows(q, stride, M, (<usize>A * D) << 2);
  assert_rows(k, stride, S, (<usize>A * D) << 2);
  assert_rows(v, stride, S, (<usize>A * D) << 2);
  assert_bytes(scratch, attention_backward_scratch(M, S, D));
  const R = padded_rows(M, S);
  const row = R << 2;
  const r = scratch;
  const ds = r + R * row;
  const turned = ds + R * row;
  const panels = turned + R * row;
  for (let a = 0; a < A; a++) {
    const column = (<usize>a * D) << 2;
    const first = a * M * S;
    const head = p + ((<usize>first) << 2);
    // dv = rᵀ·dy
    load_scores(head, r, M, S, R, rate, seed, first);
    transpose_square(r, turned, row, R);
    pack_f32(dy + column, dy_stride, panels, M, D);
    multiply(turned, row, panels, dv + column, stride, S, D, <usize>M);
    // ds, from dr = dy·vᵀ
    pack_keys(v + column, stride, panels, S, R, D);
    for (let t: usize = 0; t < <usize>S; t += 8) {
      const panel = panels + ((t * D) << 2);
      for (let i = 0; i < M; i += 4) {
        product_4x8(dy + column + <usize>i * dy_stride, dy_stride, panel, D, ds + <usize>i * row + (t << 2), row);
      }
    }
    for (let i = 0; i < <i32>R; i++) {
      const to = ds + <usize>i * row;
      const from = (<usize>i * <usize>S) << 2;
      if (i < M) score_gradient(head + from, to, S, R, factor, rate, seed, first + i * S);
      else memory.fill(to, 0, row);
    }
    // dq = ds·k
    pack_f32(k + column, stride, panels, S, D);
    multiply(ds, row, panels, dq + column, stride, M, D, <usize>S);
    // dk = dsᵀ·q
    transpose_square(ds, turned, row, R);
    pack_f32(q + column, stride, panels, M, D);
    multiply(turned, row, panels, dk + column, stride, S, D, <usize>M);
  }
}

/** r [R][R] = dropout(p [M][S]), the rest zero. */
function load_scores(p: usize, r: usize, M: i32, S: i32, R: usize, rate: f32, seed: u32, first: i32): void {
  const row = R << 2;
  let from = p;
  let to = r;
  for (let i = 0; i < <i32>R; i++, to += row) {
    memory.fill(to, 0, row);
    if (i >= M) continue;
    memory.copy(to, from, (<usize>S) << 2);
    from += (<usize>S) << 2;
    if (rate === 0) continue;
    for (let t = 0; t < S; t++) {
      const at = to + ((<usize>t) << 2);
      store<f32>(at, load<f32>(at) * keep_factor(rate, seed, first + i * S + t));
    }
  }
}

/** One row: ds = p × (dp − Σ dp × p) × factor in place of dr; columns from S on become zero. */
function score_gradient(p: usize, ds: usize, S: i32, R: usize, factor: f32, rate: f32, seed: u32, first: i32): void {
  if (rate > 0) {
    for (let t = 0; t < S; t++) {
      const at = ds + ((<usize>t) << 2);
      store<f32>(at, load<f32>(at) * keep_factor(rate, seed, first + t));
    }
  }
  const whole = (<usize>(S & ~3)) << 2;
  const bytes = (<usize>S) << 2;
  let sums = f32x4.splat(0);
  for (let t: usize = 0; t < whole; t += 16) sums = f32x4.add(sums, f32x4.mul(v128.load(ds + t), v128.load(p + t)));
  let sum = sum_f32x4(sums);
  for (let t = whole; t < bytes; t += 4) sum += load<f32>(ds + t) * load<f32>(p + t);
  const shared = f32x4.splat(sum);
  const scale = f32x4.splat(factor);
  for (let t: usize = 0; t < whole; t += 16) {
    const weight = f32x4.mul(v128.load(p + t), scale);
    v128.store(ds + t, f32x4.mul(weight, f32x4.sub(v128.load(ds + t), shared)));
  }
  for (let t = whole; t < bytes; t += 4) store<f32>(ds + t, load<f32>(p + t) * factor * (load<f32>(ds + t) - sum));
  for (let t = bytes; t < R << 2; t += 4) store<f32>(ds + t, 0);
}

/** R may be a multiple of 8 only: rows are turned in blocks of 16 columns as far as they go. */
function transpose_square(x: usize, y: usize, row: usize, R: usize): void {
  const whole = R & ~15;
  if (whole > 0) transpose_f32(x, row, y, row, <i32>R, whole);
  for (let n = whole; n < R; n++) {
    for (let m: usize = 0; m < R; m++) store<f32>(y + n * row + (m << 2), load<f32>(x + m * row + (n << 2)));
  }
}

/** k [S][D] to panels [R/8][D][8], with zeros for the keys from S on. */
function pack_keys(k: usize, k_stride: usize, panels: usize, S: i32, R: usize, D: usize): void {
  for (let t: usize = 0; t < R; t++) {
    const to = panels + (((t & ~7) * D + (t & 7)) << 2);
    for (let d: usize = 0; d < D; d++) {
      store<f32>(to + (d << 5), t < <usize>S ? load<f32>(k + t * k_stride + (d << 2)) : 0);
    }
  }
}

/** y [M][N] = x [M][K] · panels [N/8][K][8]. */
function multiply(
  x: usize,
  x_stride: usize,
  panels: usize,
  y: usize,
  y_stride: usize,
  M: i32,
  N: usize,
  K: usize,
): void {
  for (let n: usize = 0; n < N; n += 8) {
    const panel = panels + ((n * K) << 2);
    for (let i = 0; i < M; i += 4) {
      const at = <usize>i;
      product_4x8(x + at * x_stride, x_stride, panel, K, y + at * y_stride + (n << 2), y_stride);
    }
  }
}

function product_4x8(x: usize, x_stride: usize, w: usize, K: usize, y: usize, y_stride: usize): void {
  const none = f32x4.splat(0);
  tile_4x8(x, x_stride, w, K, none, none, y, y_stride, false, none, none, none, none, false);
}

// y[:, a] = softmax(q[:, a]·k[:, a]ᵀ × factor + bias[a])·v[:, a] × head_factor[a] for each head a, f32.
//
// Shapes: q [M][A × D], k and v [S][A × D], y [M][A × D], probs [A][M][S], bias [A][M][S] or [M][S], head_factor [A]. M queries,
// S keys, A heads, D padded head size. Strides in bytes.
// A head's keys are packed in panels of eight, [S/8][D][8], its values in panels of eight columns, [D/8][S][8]. Four queries at a time:
// scores, their exponentials and sum, the product with v, and last the division by the sum, of M×D numbers instead of M×S. Fewer than
// four queries (the [CLS] row of a last layer) do not pay for the packing and are computed one by one.
import { assert_bytes, assert_padded, assert_rows } from "./checks";
import { madd, sum_f32x4 } from "./math";
import { store_exp_minus_max } from "./softmax";
import { tile_4x8 } from "./tile-f32";

const LOG2_E: f32 = <f32>Math.LOG2E;

/** What is the same for all heads of a call. It is kept at the start of the scratch, and read once per four queries. */
@unmanaged
class Call {
  q_stride: usize;
  kv_stride: usize;
  y_stride: usize;
  /** Between two queries of a bias. */
  bias_stride: usize;
  /** The packed keys and values of the current head, and four rows of scores, `row` bytes each. */
  packed_k: usize;
  packed_v: usize;
  scores: usize;
  row: usize;
  M: i32;
  S: i32;
  D: usize;
  factor: f32;
  causal: bool;
}

/** Bytes of Call, rounded up so that what follows it is aligned. */
const CALL_BYTES: usize = 64;

export function attention_scratch(S: usize, D: usize): usize {
  const keys = (S + 7) & ~7;
  return CALL_BYTES + ((2 * keys * D + 4 * keys) << 2);
}

export function attention_f32(
  q: usize,
  q_stride: usize,
  k: usize,
  v: usize,
  kv_stride: usize,
  y: usize,
  y_stride: usize,
  scratch: usize,
  probs: usize,
  M: i32,
  S: i32,
  A: i32,
  D: usize,
  factor: f32,
  causal: i32,
  bias: usize,
  bias_stride: usize,
  bias_head_stride: usize,
  head_factor: usize,
): void {
  assert(S > 0 && A > 0 && (!causal || M <= S));
  assert_padded(D);
  assert_rows(q, q_stride, M, (<usize>A * D) << 2);
  assert_rows(k, kv_stride, S, (<usize>A * D) << 2);
  assert_rows(v, kv_stride, S, (<usize>A * D) << 2);
  assert_rows(y, y_stride, M, (<usize>A * D) << 2);
  assert_bytes(scratch, attention_scratch(S, D));
  if (bias) assert_rows(bias, bias_stride, M, (<usize>S) << 2);

  const call = changetype<Call>(scratch);
  const row = ((<usize>S + 7) & ~7) << 2;
  call.q_stride = q_stride;
  call.kv_stride = kv_stride;
  call.y_stride = y_stride;
  call.bias_stride = bias_stride;
  call.packed_k = scratch + CALL_BYTES;
  call.packed_v = call.packed_k + row * D;
  call.scores = call.packed_v + row * D;
  call.row = row;
  call.M = M;
  call.S = S;
  call.D = D;
  call.factor = factor;
  call.causal = causal !== 0;
  for (let a: usize = 0; a < <usize>A; a++) {
    const column = (a * D) << 2;
    const head_probs = probs ? probs + ((a * <usize>M * <usize>S) << 2) : 0;
    const head_bias = bias ? bias + a * bias_head_stride : 0;
    const weight: f32 = head_factor ? load<f32>(head_factor + (a << 2)) : 1;
    attend_head(call, q + column, k + column, v + column, y + column, head_probs, head_bias, weight);
  }
}

/** One head; probs and bias are its own, or 0. Its probabilities are multiplied by `weight`. */
function attend_head(call: Call, q: usize, k: usize, v: usize, y: usize, probs: usize, bias: usize, weight: f32): void {
  const M = call.M;
  const S = call.S;
  let qi = q;
  let yi = y;
  let probs_i = probs;
  let bias_i = bias;
  let i = 0;
  if (M >= 4) {
    pack_keys(k, call.kv_stride, call.packed_k, S, call.D);
    pack_values(v, call.kv_stride, call.packed_v, S, call.row, call.D);
    for (; i + 4 <= M; i += 4) {
      attend_four(call, qi, yi, call.causal ? S - M + i + 4 : S, probs_i, bias_i, weight);
      qi += call.q_stride << 2;
      yi += call.y_stride << 2;
      if (probs) probs_i += (<usize>S) << 4;
      if (bias) bias_i += call.bias_stride << 2;
    }
  }
  for (; i < M; i++) {
    attend_one(call, qi, k, v, yi, call.causal ? S - M + i + 1 : S, probs_i, bias_i, weight);
    qi += call.q_stride;
    yi += call.y_stride;
    if (probs) probs_i += (<usize>S) << 2;
    if (bias) bias_i += call.bias_stride;
  }
}

/** k [S][D] to panels [S/8][D][8]. Columns past key S in the last panel are left unset: their scores are never used. */
function pack_keys(k: usize, k_stride: usize, packed: usize, S: i32, D: usize): void {
  let k0 = k;
  for (let t = 0; t < S; t += 4, k0 += k_stride << 2) {
    const rows = S - t;
    const to = packed + <usize>(t >> 3) * (D << 5) + <usize>((t & 4) << 2);
    const k1 = rows > 1 ? k0 + k_stride : k0;
    const k2 = rows > 2 ? k0 + 2 * k_stride : k0;
    const k3 = rows > 3 ? k0 + 3 * k_stride : k0;
    for (let d: usize = 0; d < D << 2; d += 16) {
      transpose(v128.load(k0 + d), v128.load(k1 + d), v128.load(k2 + d), v128.load(k3 + d), to + (d << 3));
    }
  }
}

/** A 4 × 4 block, its rows r0…r3, to four rows 32 bytes apart. @inline */
function transpose(r0: v128, r1: v128, r2: v128, r3: v128, to: usize): void {
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
  v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3), 32);
  v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2), 64);
  v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3), 96);
}

/** v [S][D] to panels of eight columns; a column of a panel takes `row` bytes. */
function pack_values(v: usize, v_stride: usize, packed: usize, S: i32, row: usize, D: usize): void {
  let from = v;
  let first = packed;
  for (let t = 0; t < S; t++, from += v_stride, first += 32) {
    let to = first;
    for (let d: usize = 0; d < D << 2; d += 32, to += row << 3) {
      v128.store(to, v128.load(from + d));
      v128.store(to, v128.load(from + d, 16), 16);
    }
  }
}

/**
 * Four queries of a head. The last of them attends to `seen` keys, under `causal` each query before it to one key fewer than the next.
 */
function attend_four(call: Call, q: usize, y: usize, seen: i32, probs: usize, bias: usize, weight: f32): void {
  const scores0 = call.scores;
  const row = call.row;
  const scores1 = scores0 + row;
  const scores2 = scores1 + row;
  const scores3 = scores2 + row;
  const D = call.D;
  for (let t: usize = 0; t < (<usize>seen) << 2; t += 32) {
    score_4x8(q, call.q_stride, call.packed_k + t * D, scores0 + t, row, D);
  }
  let factor2 = f32x4.splat(call.factor * LOG2_E);
  if (bias) {
    const stride = call.bias_stride;
    add_bias(scores0, seen, call.factor, bias);
    add_bias(scores1, seen, call.factor, bias + stride);
    add_bias(scores2, seen, call.factor, bias + 2 * stride);
    add_bias(scores3, seen, call.factor, bias + 3 * stride);
    factor2 = f32x4.splat(LOG2_E);
  }
  const fewer = call.causal ? 1 : 0;
  const bytes = (<usize>seen) << 2;
  const w = f32x4.splat(weight);
  const inverse0 = f32x4.mul(store_exp_minus_max(scores0, scores0 + bytes, seen - 3 * fewer, factor2), w);
  const inverse1 = f32x4.mul(store_exp_minus_max(scores1, scores1 + bytes, seen - 2 * fewer, factor2), w);
  const inverse2 = f32x4.mul(store_exp_minus_max(scores2, scores2 + bytes, seen - fewer, factor2), w);
  const inverse3 = f32x4.mul(store_exp_minus_max(scores3, scores3 + bytes, seen, factor2), w);
  for (let d: usize = 0; d < D << 2; d += 32) {
    const v = call.packed_v + d * (row >> 2);
    context_4x8(scores0, row, v, seen, y + d, call.y_stride, inverse0, inverse1, inverse2, inverse3);
  }
  if (probs) {
    const S = call.S;
    const next = (<usize>S) << 2;
    store_probs(scores0, seen, inverse0, probs, S);
    store_probs(scores1, seen, inverse1, probs + next, S);
    store_probs(scores2, seen, inverse2, probs + 2 * next, S);
    store_probs(scores3, seen, inverse3, probs + 3 * next, S);
  }
}

function score_4x8(q: usize, q_stride: usize, k: usize, scores: usize, row: usize, D: usize): void {
  const none = f32x4.splat(0);
  tile_4x8(q, q_stride, k, D, none, none, scores, row, false, none, none, none, none, false);
}

function context_4x8(
  p: usize,
  row: usize,
  v: usize,
  seen: i32,
  y: usize,
  y_stride: usize,
  inverse0: v128,
  inverse1: v128,
  inverse2: v128,
  inverse3: v128,
): void {
  const none = f32x4.splat(0);
  tile_4x8(p, row, v, <usize>seen, none, none, y, y_stride, true, inverse0, inverse1, inverse2, inverse3, false);
}

/** scores = scores × factor + bias, over whole vectors. */
function add_bias(scores: usize, seen: i32, factor: f32, bias: usize): void {
  const times = f32x4.splat(factor);
  for (let t: usize = 0; t < (<usize>seen) << 2; t += 16) {
    v128.store(scores + t, f32x4.add(f32x4.mul(v128.load(scores + t), times), v128.load(bias + t)));
  }
}

/** The probabilities of one query; keys that it does not attend to get zero. */
function store_probs(scores: usize, seen: i32, inverse: v128, probs: usize, S: i32): void {
  const scale = f32x4.extract_lane(inverse, 0);
  for (let t = 0; t < S; t++) {
    const at = (<usize>t) << 2;
    store<f32>(probs + at, t < seen ? load<f32>(scores + at) * scale : 0);
  }
}

/** One query of a head, straight from k and v. */
function attend_one(
  call: Call,
  q: usize,
  k: usize,
  v: usize,
  y: usize,
  seen: i32,
  probs: usize,
  bias: usize,
  weight: f32,
): void {
  const scores = call.scores;
  const stride = call.kv_stride;
  const D = call.D;
  for (let t = 0; t < seen; t++) {
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    const from = k + <usize>t * stride;
    for (let d: usize = 0; d < D << 2; d += 32) {
      c0 = madd(v128.load(q + d), v128.load(from + d), c0);
      c1 = madd(v128.load(q + d, 16), v128.load(from + d, 16), c1);
    }
    store<f32>(scores + ((<usize>t) << 2), sum_f32x4(f32x4.add(c0, c1)));
  }
  let factor2 = f32x4.splat(call.factor * LOG2_E);
  if (bias) {
    add_bias(scores, seen, call.factor, bias);
    factor2 = f32x4.splat(LOG2_E);
  }
  const end = scores + ((<usize>seen) << 2);
  const inverse = f32x4.mul(store_exp_minus_max(scores, end, seen, factor2), f32x4.splat(weight));
  for (let d: usize = 0; d < D << 2; d += 64) {
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let c2 = f32x4.splat(0);
    let c3 = f32x4.splat(0);
    let from = v + d;
    for (let t = 0; t < seen; t++, from += stride) {
      const p = v128.load32_splat(scores + ((<usize>t) << 2));
      c0 = madd(p, v128.load(from), c0);
      c1 = madd(p, v128.load(from, 16), c1);
      c2 = madd(p, v128.load(from, 32), c2);
      c3 = madd(p, v128.load(from, 48), c3);
    }
    v128.store(y + d, f32x4.mul(c0, inverse));
    v128.store(y + d, f32x4.mul(c1, inverse), 16);
    v128.store(y + d, f32x4.mul(c2, inverse), 32);
    v128.store(y + d, f32x4.mul(c3, inverse), 48);
  }
  if (probs) store_probs(scores, seen, inverse, probs, call.S);
}

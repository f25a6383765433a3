// y[:, a] = softmax(q[:, a]·k[:, a]ᵀ × factor)·v[:, a] for each head a, f32.
//
// Shapes: q [M][ldq], k and v [S][ldkv], y [M][ldy], probs [A][M][S]. M queries, S keys, A heads, D padded head size.
// A head's keys are packed in panels of eight, [S/8][D][8], and its values in panels of eight columns, [D/8][S][8]. Four queries
// at a time: scores, the row's maximum, exp and sum, the product with v, and the division by the sum last, on M×D numbers
// instead of M×S. Fewer than four queries (the [CLS] row of a last layer) are not worth packing for and go one by one.
import { madd, sum_f32x4 } from "./math";
import { softmax } from "./softmax";

const LOG2_E: f32 = 1.4426950408889634;

/** Bytes: the packed keys and values of a head, and four rows of scores. */
export function attention_scratch(S: usize, D: usize): usize {
  const keys = (S + 7) & ~7;
  return (2 * keys * D + 4 * keys) << 2;
}

export function attention_f32(
  q: usize, ldq: usize, k: usize, v: usize, ldkv: usize, y: usize, ldy: usize,
  scratch: usize, probs: usize, M: i32, S: i32, A: i32, D: usize, factor: f32, causal: i32,
): void {
  ldq <<= 2;
  ldkv <<= 2;
  ldy <<= 2;
  const keys = (<usize>S + 7) & ~7;
  const packed_k = scratch;
  const packed_v = packed_k + ((keys * D) << 2);
  const scores = packed_v + ((keys * D) << 2);
  const factor2 = f32x4.splat(factor * LOG2_E);
  for (let a = 0; a < A; a++) {
    let i = 0;
    if (M >= 4) {
      pack_keys(k, ldkv, packed_k, S, D);
      pack_values(v, ldkv, packed_v, S, keys, D);
      for (; i + 4 <= M; i += 4) {
        const seen = causal ? S - M + i + 4 : S;
        four_queries(q, ldq, packed_k, packed_v, y, ldy, scores, keys, seen, causal, probs, S, D, factor2);
        q += ldq << 2;
        y += ldy << 2;
        if (probs) probs += <usize>S << 4;
      }
    }
    for (; i < M; i++) {
      const seen = causal ? S - M + i + 1 : S;
      one_query(q, k, v, ldkv, y, scores, seen, probs, S, D, factor2);
      q += ldq;
      y += ldy;
      if (probs) probs += <usize>S << 2;
    }
    q += (D << 2) - <usize>M * ldq;
    y += (D << 2) - <usize>M * ldy;
    k += D << 2;
    v += D << 2;
  }
}

/** k [S][D] to panels [S/8][D][8]. What lies beyond key S in the last panel is left alone: no score of it is ever used. */
function pack_keys(k: usize, ldk: usize, packed: usize, S: i32, D: usize): void {
  for (let t = 0; t < S; t += 4, k += ldk << 2) {
    const rows = S - t;
    const to = packed + <usize>(t >> 3) * (D << 5) + <usize>((t & 4) << 2);
    const k1 = rows > 1 ? k + ldk : k;
    const k2 = rows > 2 ? k + 2 * ldk : k;
    const k3 = rows > 3 ? k + 3 * ldk : k;
    for (let d: usize = 0; d < D << 2; d += 16) {
      transpose(v128.load(k + d), v128.load(k1 + d), v128.load(k2 + d), v128.load(k3 + d), to + (d << 3));
    }
  }
}

/** Four rows of four to four rows, 32 bytes apart. */
@inline
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

/** v [S][D] to panels [D/8][keys][8]. */
function pack_values(v: usize, ldv: usize, packed: usize, S: i32, keys: usize, D: usize): void {
  for (let t = 0; t < S; t++, v += ldv, packed += 32) {
    let to = packed;
    for (let d: usize = 0; d < D << 2; d += 32, to += keys << 5) {
      v128.store(to, v128.load(v + d));
      v128.store(to, v128.load(v + d, 16), 16);
    }
  }
}

/** Queries i…i+3 of a head; `seen` keys are seen by the last of them, under `causal` one less by each before. */
function four_queries(
  q: usize, ldq: usize, k: usize, v: usize, y: usize, ldy: usize, scores: usize, keys: usize,
  seen: i32, causal: i32, probs: usize, S: i32, D: usize, factor2: v128,
): void {
  const row = keys << 2;
  const padded = (<usize>seen + 7) & ~7;
  for (let t: usize = 0; t < padded << 2; t += 32) scores_4x8(q, ldq, k + t * D, scores + t, row, D);
  const step = causal ? 1 : 0;
  const end = scores + (<usize>seen << 2);
  const inverse0 = softmax(scores, end, max(seen - 3 * step, 0), factor2);
  const inverse1 = softmax(scores + row, end + row, max(seen - 2 * step, 0), factor2);
  const inverse2 = softmax(scores + 2 * row, end + 2 * row, max(seen - step, 0), factor2);
  const inverse3 = softmax(scores + 3 * row, end + 3 * row, seen, factor2);
  for (let d: usize = 0; d < D << 2; d += 32) {
    context_4x8(scores, row, v + d * keys, seen, y + d, ldy, inverse0, inverse1, inverse2, inverse3);
  }
  if (probs) {
    const bytes = <usize>S << 2;
    copy_probs(scores, seen, inverse0, probs, S);
    copy_probs(scores + row, seen, inverse1, probs + bytes, S);
    copy_probs(scores + 2 * row, seen, inverse2, probs + 2 * bytes, S);
    copy_probs(scores + 3 * row, seen, inverse3, probs + 3 * bytes, S);
  }
}

function scores_4x8(q: usize, ldq: usize, k: usize, scores: usize, row: usize, D: usize): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let q1 = q + ldq;
  let q2 = q1 + ldq;
  let q3 = q2 + ldq;
  for (const end = q + (D << 2); q < end; q += 4, q1 += 4, q2 += 4, q3 += 4, k += 32) {
    const b0 = v128.load(k);
    const b1 = v128.load(k, 16);
    let x = v128.load32_splat(q);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(q1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(q2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(q3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
  }
  v128.store(scores, c00);
  v128.store(scores, c01, 16);
  scores += row;
  v128.store(scores, c10);
  v128.store(scores, c11, 16);
  scores += row;
  v128.store(scores, c20);
  v128.store(scores, c21, 16);
  scores += row;
  v128.store(scores, c30);
  v128.store(scores, c31, 16);
}

function context_4x8(
  p: usize, row: usize, v: usize, seen: i32, y: usize, ldy: usize,
  inverse0: v128, inverse1: v128, inverse2: v128, inverse3: v128,
): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  let p1 = p + row;
  let p2 = p1 + row;
  let p3 = p2 + row;
  for (const end = p + (<usize>seen << 2); p < end; p += 4, p1 += 4, p2 += 4, p3 += 4, v += 32) {
    const b0 = v128.load(v);
    const b1 = v128.load(v, 16);
    let x = v128.load32_splat(p);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(p1);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(p2);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(p3);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
  }
  v128.store(y, f32x4.mul(c00, inverse0));
  v128.store(y, f32x4.mul(c01, inverse0), 16);
  y += ldy;
  v128.store(y, f32x4.mul(c10, inverse1));
  v128.store(y, f32x4.mul(c11, inverse1), 16);
  y += ldy;
  v128.store(y, f32x4.mul(c20, inverse2));
  v128.store(y, f32x4.mul(c21, inverse2), 16);
  y += ldy;
  v128.store(y, f32x4.mul(c30, inverse3));
  v128.store(y, f32x4.mul(c31, inverse3), 16);
}

/** Probabilities of one query, normalised; keys it does not see get zero. */
function copy_probs(scores: usize, seen: i32, inverse: v128, probs: usize, S: i32): void {
  const scale = f32x4.extract_lane(inverse, 0);
  for (let t = 0; t < S; t++) {
    const at = <usize>t << 2;
    store<f32>(probs + at, t < seen ? load<f32>(scores + at) * scale : 0);
  }
}

/** One query of a head, straight from k and v. */
function one_query(
  q: usize, k: usize, v: usize, ldkv: usize, y: usize, scores: usize, seen: i32, probs: usize, S: i32, D: usize, factor2: v128,
): void {
  for (let t = 0; t < seen; t++) {
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    const from = k + <usize>t * ldkv;
    for (let d: usize = 0; d < D << 2; d += 32) {
      c0 = madd(v128.load(q + d), v128.load(from + d), c0);
      c1 = madd(v128.load(q + d, 16), v128.load(from + d, 16), c1);
    }
    store<f32>(scores + (<usize>t << 2), sum_f32x4(f32x4.add(c0, c1)));
  }
  const inverse = softmax(scores, scores + (<usize>seen << 2), seen, factor2);
  for (let d: usize = 0; d < D << 2; d += 64) {
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let c2 = f32x4.splat(0);
    let c3 = f32x4.splat(0);
    let from = v + d;
    for (let t = 0; t < seen; t++, from += ldkv) {
      const p = v128.load32_splat(scores + (<usize>t << 2));
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
  if (probs) copy_probs(scores, seen, inverse, probs, S);
}

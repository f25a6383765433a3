// Rows of an embedding table that is being trained: row-major, so that a row is contiguous.
//
// Shapes: table, dtable f32 [V][K], index i32 [M], y, dy f32 [M][K]; K a multiple of 16, rows of 4 × K bytes.
import { assert_bytes, assert_padded, assert_rows } from "../forward/checks";

/** y[m] = table[index[m]], or += it. */
export function embed_rows_f32(table: usize, index: usize, y: usize, M: i32, K: usize, accumulate: i32): void {
  assert_padded(K);
  assert_bytes(index, (<usize>M) << 2);
  assert_rows(y, K << 2, M, K << 2);
  const bytes = K << 2;
  for (let i = 0; i < M; i++) {
    const from = table + <usize>load<i32>(index + ((<usize>i) << 2)) * bytes;
    const to = y + <usize>i * bytes;
    if (accumulate) add_row(from, to, bytes);
    else memory.copy(to, from, bytes);
  }
}

/** dtable[index[m]] += dy[m], but for negative indices: the padding token is not trained. */
export function embed_backward_f32(dy: usize, index: usize, dtable: usize, M: i32, K: usize): void {
  assert_padded(K);
  assert_bytes(index, (<usize>M) << 2);
  assert_rows(dy, K << 2, M, K << 2);
  const bytes = K << 2;
  for (let i = 0; i < M; i++) {
    const n = load<i32>(index + ((<usize>i) << 2));
    if (n < 0) continue;
    const to = dtable + <usize>n * bytes;
    add_row(dy + <usize>i * bytes, to, bytes);
  }
}

function add_row(x: usize, y: usize, bytes: usize): void {
  for (let k: usize = 0; k < bytes; k += 16) v128.store(y + k, f32x4.add(v128.load(y + k), v128.load(x + k)));
}

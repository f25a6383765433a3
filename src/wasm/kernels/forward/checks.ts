// Assertions on what abi.ts promises of every call. The debug build traps where one fails; the production build holds none of them.

/** Rows of `width` bytes, `stride` bytes apart, lie in the memory and begin where a vector may. @inline */
export function assert_rows(address: usize, stride: usize, rows: i32, width: usize): void {
  assert(rows > 0);
  assert(address !== 0 && address % 16 === 0 && stride % 16 === 0);
  assert(rows === 1 || stride >= width);
  assert(address + <usize>(rows - 1) * stride + width <= (<usize>memory.size()) << 16);
}

/** `bytes` bytes from an address. @inline */
export function assert_bytes(address: usize, bytes: usize): void {
  assert_rows(address, 0, 1, bytes);
}

/** N, K and D are padded. @inline */
export function assert_padded(dimension: usize): void {
  assert(dimension > 0 && dimension % 16 === 0);
}

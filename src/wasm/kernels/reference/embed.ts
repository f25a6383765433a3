// Rows of an embedding table, by index.

/** table [V][K] → [index.length][K] */
export function embed(table: Float32Array, index: Int32Array, K: number): Float32Array {
  const y = new Float32Array(index.length * K);
  index.forEach((n, m) => {
    y.set(table.subarray(n * K, (n + 1) * K), m * K);
  });
  return y;
}

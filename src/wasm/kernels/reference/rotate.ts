// 4 × the block Hadamard transform of activations, in the same f32 steps as the kernel, so that the integers quantised from it are the same.

const f32 = Math.fround;
const SIDE = 4;

/** x [M][K], K a multiple of 16: each block X [4][4] becomes H·Xᵀ·H, H the Hadamard matrix of order 4. */
export function rotate(x: Float32Array): Float32Array {
  const y = new Float32Array(x.length);
  for (let at = 0; at < x.length; at += SIDE * SIDE) {
    const inner = Array.from({ length: SIDE }, (_, j) =>
      hadamard(Array.from({ length: SIDE }, (_, i) => x[at + SIDE * i + j]!)),
    );
    for (let j = 0; j < SIDE; j++) {
      hadamard(inner.map((row) => row[j]!)).forEach((value, i) => {
        y[at + SIDE * i + j] = value;
      });
    }
  }
  return y;
}

function hadamard([x0, x1, x2, x3]: number[]): number[] {
  const [a, b, c, d] = [f32(x0! + x1!), f32(x0! - x1!), f32(x2! + x3!), f32(x2! - x3!)];
  return [f32(a + c), f32(b + d), f32(a - c), f32(b - d)];
}

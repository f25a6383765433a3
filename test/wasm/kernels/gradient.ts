// Gradients by central differences in double precision: what the backward kernels are compared with.

/** Small against the values, large against their rounding. */
const STEP = 1e-4;

/** ∂f/∂x for each element of x. */
export function gradient(f: (x: Float64Array) => number, x: ArrayLike<number>): Float64Array {
  const at = Float64Array.from(x);
  return Float64Array.from(x, (value, i) => {
    at[i] = value + STEP;
    const above = f(at);
    at[i] = value - STEP;
    const below = f(at);
    at[i] = value;
    return (above - below) / (2 * STEP);
  });
}

/** Σ dy × y: a function's own gradient is that of this sum. */
export function weighted(dy: ArrayLike<number>, y: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += dy[i]! * y[i]!;
  return sum;
}

// The activations in double precision, from their definitions. Slow: what the tests compare the kernels with.
import { Activation } from "../abi.ts";

/** erf by its Taylor series, and past 2.5 by the continued fraction of erfc. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a > 2.5) {
    let fraction = 0;
    for (let k = 100; k >= 1; k--) fraction = k / 2 / (a + fraction);
    return Math.sign(x) * (1 - Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction));
  }
  let term = x;
  let sum = x;
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

export function activate(x: number, activation: Activation): number {
  switch (activation) {
    case Activation.none:
      return x;
    case Activation.gelu:
      return (x * (1 + erf(x / Math.SQRT2))) / 2;
    case Activation.gelu_new:
      return (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2;
    case Activation.relu:
      return Math.max(x, 0);
    case Activation.silu:
      return x / (1 + Math.exp(-x));
    case Activation.tanh:
      return Math.tanh(x);
  }
}

// The activations in double precision, from their definitions. Slow: this is what the tests compare the kernels with.
import { Activation } from "../abi.ts";

/** erf by its Taylor series, and above 2.5 by the continued fraction of erfc. */
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

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const gelu = (x: number) => (x * (1 + erf(x / Math.SQRT2))) / 2;

// biome-ignore lint/suspicious/noApproximativeNumericConstant: μ of the reference, which rounds √½ to six digits.
const [LAPLACE_MU, LAPLACE_SIGMA] = [0.707107, 0.282095];

export function activate(x: number, activation: Activation): number {
  switch (activation) {
    case Activation.none:
      return x;
    case Activation.gelu:
      return gelu(x);
    case Activation.gelu_new:
      return (x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))) / 2;
    case Activation.relu:
      return Math.max(x, 0);
    case Activation.silu:
      return x * sigmoid(x);
    case Activation.tanh:
      return Math.tanh(x);
    case Activation.gelu_10:
      return Math.min(gelu(x), 10);
    case Activation.laplace:
      return (1 + erf((x - LAPLACE_MU) / (LAPLACE_SIGMA * Math.SQRT2))) / 2;
    case Activation.leaky_relu:
      return x < 0 ? x / 100 : x;
    case Activation.mish:
      return x * Math.tanh(Math.log1p(Math.exp(x)));
    case Activation.quick_gelu:
      return x * sigmoid(1.702 * x);
    case Activation.relu2:
      return Math.max(x, 0) ** 2;
    case Activation.relu6:
      return Math.min(Math.max(x, 0), 6);
    case Activation.sigmoid:
      return sigmoid(x);
  }
}

// The activations by the names that specs use, and the reference's names (ACT2FN) for them. src/wasm/kernels/abi.ts has the formulas.

/** What a dense layer may apply to x·W + b. */
export const ACTIVATIONS = [
  "none",
  "gelu",
  "gelu_10",
  "gelu_new",
  "laplace",
  "leaky_relu",
  "mish",
  "quick_gelu",
  "relu",
  "relu2",
  "relu6",
  "sigmoid",
  "silu",
  "tanh",
] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** The reference's names, all of them (transformers 4.46.3). */
export const REFERENCE_ACTIVATIONS = {
  gelu: "gelu",
  gelu_10: "gelu_10",
  gelu_accurate: "gelu_new",
  gelu_fast: "gelu_new",
  gelu_new: "gelu_new",
  gelu_python: "gelu",
  gelu_pytorch_tanh: "gelu_new",
  laplace: "laplace",
  leaky_relu: "leaky_relu",
  linear: "none",
  mish: "mish",
  quick_gelu: "quick_gelu",
  relu: "relu",
  relu2: "relu2",
  relu6: "relu6",
  sigmoid: "sigmoid",
  silu: "silu",
  swish: "silu",
  tanh: "tanh",
} as const satisfies Readonly<Record<string, Activation>>;

/** What a feed-forward layer may apply, by the name that specs use. */
export type HiddenActivation = (typeof REFERENCE_ACTIVATIONS)[keyof typeof REFERENCE_ACTIVATIONS];

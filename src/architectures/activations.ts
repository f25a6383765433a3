// The activations by the names that specs use, and the reference's names (ACT2FN) for them.

/** What a dense layer may apply to x·W + b. */
export const ACTIVATIONS = ["none", "gelu", "gelu_new", "relu", "silu", "tanh"] as const;
export type Activation = (typeof ACTIVATIONS)[number];

/** The reference's names. */
export const REFERENCE_ACTIVATIONS = {
  gelu: "gelu",
  gelu_python: "gelu",
  gelu_new: "gelu_new",
  gelu_pytorch_tanh: "gelu_new",
  relu: "relu",
  silu: "silu",
  swish: "silu",
  tanh: "tanh",
} as const satisfies Readonly<Record<string, Activation>>;

/** What a feed-forward layer may apply, by the name that specs use. */
export type HiddenActivation = (typeof REFERENCE_ACTIVATIONS)[keyof typeof REFERENCE_ACTIVATIONS];

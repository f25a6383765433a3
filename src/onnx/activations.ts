// The activations as ONNX nodes; the formulas are those of src/wasm/kernels/abi.ts.
import type { Activation } from "../architectures/activations.ts";
import type { OnnxGraph } from "./graph.ts";

/** Appends an activation of `x` and returns the name of its output. */
export function addActivation(graph: OnnxGraph, x: string, activation: Activation): string {
  switch (activation) {
    case "none":
      return x;
    case "gelu":
      return graph.node("Gelu", [x]);
    case "gelu_new":
      return graph.node("Gelu", [x], { approximate: "tanh" });
    case "gelu_10":
      return graph.node("Min", [graph.node("Gelu", [x]), graph.scalar(10)]);
    case "laplace": {
      const distance = graph.node("Sub", [x, graph.scalar(LAPLACE_MU)]);
      const scaled = graph.node("Div", [distance, graph.scalar(LAPLACE_SIGMA * Math.SQRT2)]);
      const erf = graph.node("Erf", [scaled]);
      return graph.node("Mul", [graph.node("Add", [erf, graph.scalar(1)]), graph.scalar(0.5)]);
    }
    case "leaky_relu":
      return graph.node("LeakyRelu", [x], { alpha: { float: 0.01 } });
    case "mish":
      return graph.node("Mish", [x]);
    case "quick_gelu":
      return graph.node("Mul", [x, graph.node("Sigmoid", [graph.node("Mul", [x, graph.scalar(1.702)])])]);
    case "relu":
      return graph.node("Relu", [x]);
    case "relu2": {
      const positive = graph.node("Relu", [x]);
      return graph.node("Mul", [positive, positive]);
    }
    case "relu6":
      return graph.node("Min", [graph.node("Relu", [x]), graph.scalar(6)]);
    case "sigmoid":
      return graph.node("Sigmoid", [x]);
    case "silu":
      return graph.node("Mul", [x, graph.node("Sigmoid", [x])]);
    case "tanh":
      return graph.node("Tanh", [x]);
  }
}

// biome-ignore lint/suspicious/noApproximativeNumericConstant: μ of the reference, which rounds √½ to six digits.
const [LAPLACE_MU, LAPLACE_SIGMA] = [0.707107, 0.282095];

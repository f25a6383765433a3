// y = x·Wᵀ + b as ONNX nodes, in f32 or with dynamic int8, as ONNX Runtime's dynamic quantisation writes it: u8 activations with one
// scale and zero point a tensor, i8 weights with one scale an output. Letters: N outputs, K inputs.
import type { OnnxGraph } from "./graph.ts";

/** Weights are symmetric: -127…127. */
const LEVELS = 127;

/** A matrix [N][K], an output a row as in `nn.Linear`, or a table. */
export interface Matrix {
  readonly name: string;
  readonly shape: readonly [N: number, K: number];
  readonly data: Float32Array;
}

/** Writes products of one precision into a graph. */
export interface DenseWriter {
  /** x [..., K] → [..., N]; `bias` names a constant [N]. */
  dense(x: string, weight: Matrix, bias: string): string;
  /** ids → [..., K], the rows of `table` they name. */
  embed(table: Matrix, ids: string): string;
}

export function f32Writer(graph: OnnxGraph): DenseWriter {
  return {
    dense(x, { name, shape: [N, K], data }, bias) {
      const weight = graph.constant(`${name}.transposed`, [K, N], transpose(data, N, K));
      return graph.node("Add", [graph.node("MatMul", [x, weight]), bias]);
    },
    embed({ name, shape, data }, ids) {
      return graph.node("Gather", [graph.constant(name, shape, data), ids]);
    },
  };
}

export function int8Writer(graph: OnnxGraph): DenseWriter {
  /** Quantised activations by what they were quantised from: query, key and value share theirs. */
  const quantized = new Map<string, readonly string[]>();
  return {
    dense(x, { name, shape: [N, K], data }, bias) {
      let activations = quantized.get(x);
      if (!activations) {
        activations = graph.nodes("DynamicQuantizeLinear", [x], {}, [`${x}.q`, `${x}.scale`, `${x}.zero_point`]);
        quantized.set(x, activations);
      }
      const [q, scale, zeroPoint] = activations as [string, string, string];
      const scales = Float32Array.from({ length: N }, (_, n) => maximum(data.subarray(n * K, (n + 1) * K)) / LEVELS);
      const values = Int8Array.from(data, (value, index) => quantize(value, scales[Math.floor(index / K)]!));
      const weight = graph.constant(`${name}.transposed.q`, [K, N], transpose(values, N, K));
      const product = graph.node("MatMulInteger", [q, weight, zeroPoint]);
      const factor = graph.node("Mul", [scale, graph.constant(`${name}.scale`, [N], scales)]);
      const real = graph.node("Mul", [graph.node("Cast", [product], { to: 1 }), factor]);
      return graph.node("Add", [real, bias]);
    },
    embed({ name, shape, data }, ids) {
      const scale = maximum(data) / LEVELS;
      const table = graph.constant(
        `${name}.q`,
        shape,
        Int8Array.from(data, (value) => quantize(value, scale)),
      );
      return graph.node("DequantizeLinear", [graph.node("Gather", [table, ids]), graph.scalar(scale)]);
    },
  };
}

function transpose<T extends Float32Array | Int8Array>(data: T, N: number, K: number): T {
  const turned = data.slice();
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) turned[k * N + n] = data[n * K + k]!;
  }
  return turned as T;
}

function maximum(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function quantize(value: number, scale: number): number {
  return scale === 0 ? 0 : Math.round(value / scale);
}

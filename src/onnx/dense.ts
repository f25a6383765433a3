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
      const weight = graph.constant(`${name}.transposed`, [K, N], transpose(data, new Float32Array(N * K), N, K));
      return graph.node("Add", [graph.node("MatMul", [x, weight]), bias]);
    },
    embed({ name, shape, data }, ids) {
      return graph.node("Gather", [graph.constant(name, shape, data), ids]);
    },
  };
}

export function int8Writer(graph: OnnxGraph): DenseWriter {
  /** Activations that are quantised already: query, key and value share theirs. */
  const quantized = new Set<string>();
  return {
    dense(x, { name, shape: [N, K], data }, bias) {
      const [q, scale, zeroPoint] = [`${x}.q`, `${x}.scale`, `${x}.zero_point`];
      if (!quantized.has(x)) graph.nodes("DynamicQuantizeLinear", [x], {}, [q, scale, zeroPoint]);
      quantized.add(x);
      const scales = new Float32Array(N);
      const values = new Int8Array(N * K);
      for (let n = 0; n < N; n++) {
        const row = data.subarray(n * K, (n + 1) * K);
        scales[n] = maximum(row) / LEVELS;
        quantize(row, scales[n]!, values.subarray(n * K, (n + 1) * K));
      }
      const weight = graph.constant(`${name}.transposed.q`, [K, N], transpose(values, new Int8Array(N * K), N, K));
      const product = graph.node("MatMulInteger", [q, weight, zeroPoint]);
      const factor = graph.node("Mul", [scale, graph.constant(`${name}.scale`, [N], scales)]);
      const real = graph.node("Mul", [graph.node("Cast", [product], { to: 1 }), factor]);
      return graph.node("Add", [real, bias]);
    },
    embed({ name, shape, data }, ids) {
      const scale = maximum(data) / LEVELS;
      const values = new Int8Array(data.length);
      quantize(data, scale, values);
      const table = graph.constant(`${name}.q`, shape, values);
      return graph.node("DequantizeLinear", [graph.node("Gather", [table, ids]), graph.scalar(scale)]);
    },
  };
}

/** [N][K] → [K][N] */
function transpose<T extends Float32Array | Int8Array>(data: T, turned: T, N: number, K: number): T {
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) turned[k * N + n] = data[n * K + k]!;
  }
  return turned;
}

function maximum(values: Float32Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

function quantize(values: Float32Array, scale: number, quantized: Int8Array): void {
  const inverse = scale === 0 ? 0 : 1 / scale;
  for (let i = 0; i < values.length; i++) quantized[i] = Math.round(values[i]! * inverse);
}

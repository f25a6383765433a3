// An ONNX graph built node by node, and its bytes: ModelProto of onnx.proto, as far as graphs of plain tensors need it. What the nodes
// compute is not its business.
import { ProtoMessage } from "./proto.ts";

// TensorProto.DataType
export const ElementType = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7 } as const;
type ElementType = keyof typeof ElementType;

// AttributeProto.AttributeType
const FLOAT = 1;
const INT = 2;
const STRING = 3;
const INTS = 7;

// Opset 20 is the first with Gelu; IR 9 is its version of the file.
const OPSET = 20;
const IR_VERSION = 9;

/** What an attribute may be; numbers are integers unless wrapped in `float`. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** A graph's inputs or outputs: a name in `shape` is a dimension known only at run time. */
export interface GraphValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

/** Data of a constant; the array's type is the tensor's. */
export type ConstantData = Float32Array | Int8Array | BigInt64Array;

/**
 * @example
 * const graph = new OnnxGraph("twice");
 * graph.input({ name: "x", type: "float", shape: ["n"] });
 * graph.node("Add", ["x", "x"], {}, "y");
 * graph.output({ name: "y", type: "float", shape: ["n"] });
 * const file = graph.finish();
 */
export class OnnxGraph {
  readonly #graph = new ProtoMessage();
  readonly #constants = new Set<string>();
  #nodes = 0;

  constructor(name: string) {
    this.#graph.string(2, name);
  }

  input(value: GraphValue): void {
    this.#graph.message(11, valueInfo(value));
  }

  output(value: GraphValue): void {
    this.#graph.message(12, valueInfo(value));
  }

  /** A constant; naming one twice keeps the first. Returns the name. */
  constant(name: string, shape: readonly number[], data: ConstantData): string {
    if (!this.#constants.has(name)) {
      this.#constants.add(name);
      this.#graph.message(5, tensor(name, shape, data));
    }
    return name;
  }

  /** A scalar float constant, shared by all who ask for the same value. */
  scalar(value: number): string {
    return this.constant(`float_${value}`, [], Float32Array.of(value));
  }

  /** A constant vector of int64, shared likewise. */
  integers(...values: number[]): string {
    return this.constant(`int64_${values.join("_")}`, [values.length], BigInt64Array.from(values, BigInt));
  }

  /** Appends a node with one output and returns the output's name, made up unless given. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    output?: string,
  ): string {
    const name = output ?? this.#name(operator);
    this.nodes(operator, inputs, attributes, [name]);
    return name;
  }

  /** The same for a node with several outputs, all named. */
  nodes(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly string[],
  ): void {
    const node = new ProtoMessage();
    for (const input of inputs) node.string(1, input);
    for (const output of outputs) node.string(2, output);
    node.string(3, `${operator}/${outputs[0]}`).string(4, operator);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    this.#graph.message(1, node);
  }

  /** The file: a ModelProto. */
  finish(): Uint8Array<ArrayBuffer> {
    return new ProtoMessage()
      .int(1, IR_VERSION)
      .string(2, "bertlet")
      .message(7, this.#graph)
      .message(8, new ProtoMessage().string(1, "").int(2, OPSET))
      .finish();
  }

  #name(operator: string): string {
    this.#nodes += 1;
    return `${operator}_${this.#nodes}`;
  }
}

function attribute(name: string, value: Attribute): ProtoMessage {
  const message = new ProtoMessage().string(1, name);
  if (typeof value === "number") return message.int(3, value).int(20, INT);
  if (typeof value === "string") return message.string(4, value).int(20, STRING);
  if ("float" in value) return message.float(2, value.float).int(20, FLOAT);
  for (const item of value) message.int(8, item);
  return message.int(20, INTS);
}

function tensor(name: string, shape: readonly number[], data: ConstantData): ProtoMessage {
  const type = data instanceof Float32Array ? "float" : data instanceof Int8Array ? "int8" : "int64";
  const message = new ProtoMessage();
  for (const size of shape) message.int(1, size);
  message.int(2, ElementType[type]).string(8, name);
  // ONNX wants little-endian bytes, which is what every runtime of ours has.
  return message.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function valueInfo({ name, type, shape }: GraphValue): ProtoMessage {
  const dimensions = new ProtoMessage();
  for (const size of shape) {
    const dimension = new ProtoMessage();
    dimensions.message(1, typeof size === "number" ? dimension.int(1, size) : dimension.string(2, size));
  }
  const tensorType = new ProtoMessage().int(1, ElementType[type]).message(2, dimensions);
  return new ProtoMessage().string(1, name).message(2, new ProtoMessage().message(1, tensorType));
}

// Numbers and their shape, as sessions take and return them: what is left of onnxruntime-common's Tensor without images and GPUs, which are most
// of its code. The two fit each other: sessions here take either, and onnxruntime-web takes this one.
import { BertletError } from "./errors.ts";
import { elementCount } from "./shape.ts";

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | readonly string[];

/**
 * A tensor in main memory.
 *
 * @example
 * const input_ids = new Tensor("int32", Int32Array.of(101, 7592, 102), [1, 3]);
 */
export class Tensor {
  // `declare`: a field that is only declared is code, and every Worker carries it.
  /** The type of an element, by ONNX Runtime's name: `float32`, `int32`, `int64`. */
  declare readonly type: string;
  /** The elements, the last dimension's neighbours side by side. */
  declare readonly data: TensorData;
  declare readonly dims: readonly number[];
  declare readonly size: number;
  readonly location: string = "cpu";

  /** @throws BertletError `invalid_input` for data of another type or length */
  constructor(type: string, data: TensorData, dims: readonly number[]) {
    const array = Object.hasOwn(ARRAYS, type) ? ARRAYS[type as keyof typeof ARRAYS] : undefined;
    if (!array) throw invalid(`there are no tensors of ${type}; there are ${Object.keys(ARRAYS).join(", ")}`);
    if (!(data instanceof array)) throw invalid(`a tensor of ${type} holds ${array.name}`);
    const size = elementCount(dims);
    if (data.length !== size) throw invalid(`a tensor [${dims.join(", ")}] has ${size} elements, not ${data.length}`);
    this.type = type;
    this.data = data;
    this.dims = dims;
    this.size = size;
  }
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, int64: BigInt64Array };

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}

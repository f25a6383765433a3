// Rows of numbers out of a session's tensors.

import { BertletError } from "../errors.ts";
import { elementCount } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** The values of a float tensor. @throws BertletError `unsupported` for an output that is missing or of another type */
export function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new BertletError("unsupported", `an output is ${tensor?.type ?? "missing"} where float32 is expected`);
}

/** Row `index` of a tensor [rows, …], without copying. */
export function rowOf(tensor: Tensor | undefined, index: number): Float32Array {
  const values = floats(tensor);
  const width = elementCount(tensor!.dims.slice(1));
  return values.subarray(index * width, (index + 1) * width);
}

/** Column `index` of a tensor […, n], as a tensor […]. */
export function columnOf(tensor: Tensor | undefined, index: number): Tensor {
  const values = floats(tensor);
  const [width = 1, ...outer] = tensor!.dims.toReversed();
  const column = Float32Array.from({ length: values.length / width }, (_, row) => values[row * width + index]!);
  return new Tensor("float32", column, outer.toReversed());
}

import { Tensor as OrtTensor } from "onnxruntime-common";
import { expect, test } from "vitest";
import { Tensor } from "../src/tensor.ts";
import { expectError } from "./expect-error.ts";

test("A tensor has the type, data, dims, size and location of onnxruntime-common's", () => {
  for (const [type, data] of [
    ["float32", Float32Array.of(1, 2, 3, 4, 5, 6)],
    ["int32", Int32Array.of(1, 2, 3, 4, 5, 6)],
    ["int64", BigInt64Array.of(1n, 2n, 3n, 4n, 5n, 6n)],
  ] as const) {
    const [own, other] = [new Tensor(type, data, [2, 3]), new OrtTensor(type, data, [2, 3])];
    const { dims, size, location } = other;
    expect({ ...own }).toEqual({ type, data: other.data, dims, size, location });
  }
});

test("A scalar has no dimensions and one element", () => {
  expect(new Tensor("float32", Float32Array.of(7), []).size).toBe(1);
});

test.each<[string, ConstructorParameters<typeof Tensor>, string]>([
  ["an unknown type", ["float16", new Uint16Array(1), [1]], "no tensors of float16; there are float32, int32, int64"],
  ["the name of a property", ["__proto__", new Int32Array(1), [1]], "no tensors of __proto__"],
  ["data of another type", ["int32", new Float32Array(1), [1]], "a tensor of int32 holds Int32Array"],
  ["too few elements", ["int32", new Int32Array(3), [2, 2]], "a tensor [2, 2] has 4 elements, not 3"],
])("%s is refused", async (_, parameters, message) => {
  await expectError(() => new Tensor(...parameters), "invalid_input", message);
});

// An ONNX file taken apart: large constants become references, and everything else stays as it is.
import { expect, it } from "vitest";
import { withoutInitializers } from "../../src/onnx/external.ts";
import { OnnxGraph } from "../../src/onnx/graph.ts";
import { ProtoMessage } from "../../src/onnx/proto.ts";

function graphWith(size: number): Uint8Array {
  const graph = new OnnxGraph("g");
  graph.input({ name: "x", type: "float", shape: [size] });
  graph.constant("c", [size], new Float32Array(size).fill(1));
  graph.node("Add", ["x", "c"], {}, "y");
  graph.output({ name: "y", type: "float", shape: [size] });
  return graph.finish();
}

it("leaves a file of small constants as it is", () => {
  const file = graphWith(8);
  expect(withoutInitializers(file)).toEqual(file);
});

it("takes large constants out", () => {
  const file = graphWith(10_000);
  const small = withoutInitializers(file);
  expect(small.length).toBeLessThan(500);
  expect(new TextDecoder().decode(small)).toContain("model.onnx");
});

it("takes no memory for each of millions of empty constants", () => {
  // A graph of empty initializers, two bytes each.
  const empty = new Uint8Array(4_000_000);
  for (let i = 0; i < empty.length; i += 2) empty[i] = 5 * 8 + 2;
  const file = new ProtoMessage().bytes(7, empty).finish();
  const before = globalThis.process?.memoryUsage?.().heapUsed ?? 0;
  expect(withoutInitializers(file)).toEqual(file);
  const after = globalThis.process?.memoryUsage?.().heapUsed ?? 0;
  expect(after - before).toBeLessThan(300e6);
});

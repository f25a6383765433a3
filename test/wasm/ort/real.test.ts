// The ort engine on MiniLM-L6, where the shared models are at hand: the same numbers in every runtime, and memory that fits an isolate.
import { Tensor } from "onnxruntime-common";
import { describe, expect, it } from "vitest";
import { encoderSpec } from "../../../src/architectures/architectures.ts";
import { BertConfig } from "../../../src/architectures/config.ts";
import { toOnnx } from "../../../src/onnx/to-onnx.ts";
import { OrtSession } from "../../../src/wasm/ort/session.ts";
import { readFixture } from "../../fixtures.ts";
import { f32Tensors } from "../../onnx/fixtures.ts";

const MB = 2 ** 20;
const input_ids = new Tensor("int32", Int32Array.of(101, 7592, 2088, 102), [1, 4]);

const checkpoint = await shared("all-minilm-l6-v2/model.safetensors");
const model = await shared("all-minilm-l6-v2-int8-onnx/model.onnx");

describe.skipIf(!checkpoint || !model)("OrtSession on MiniLM-L6", () => {
  let exported: ArrayLike<unknown> = [];

  it("holds our int8 export in 48 MB, 128 tokens included", async () => {
    const json = await shared("all-minilm-l6-v2/config.json");
    const config = BertConfig.fromJSON(JSON.parse(new TextDecoder().decode(json)));
    const session = await OrtSession.create(
      toOnnx(encoderSpec(config), f32Tensors(checkpoint!), { quantize: "int8" }),
      {
        transfer: true,
        maximumMemory: 48 * MB,
      },
    );
    await session.run({ input_ids: new Tensor("int32", new Int32Array(128).fill(2088), [1, 128]) });
    expect(session.memory.bytes).toBeLessThanOrEqual(48 * MB);
    exported = (await session.run({ input_ids })).last_hidden_state!.data;
    await session.release();
  });

  it("runs somebody else's int8 graph, agrees with it, and lets the file go", async () => {
    const session = await OrtSession.create(model!, { transfer: true });
    expect(model!.byteLength).toBe(0);
    // Its weights are int8, its arithmetic f32: ONNX Runtime unpacks all of them as it loads, which is too much for an isolate.
    expect(session.memory.bytes).toBeGreaterThan(128 * MB);
    const { last_hidden_state } = await session.run({ input_ids });
    expect(last_hidden_state?.dims).toEqual([1, 4, 384]);
    expect(cosine(exported, last_hidden_state!.data)).toBeGreaterThan(0.98);
    await session.release();
  });
});

function cosine(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  expect(a.length).toBe(b.length);
  const dot = (x: ArrayLike<unknown>, y: ArrayLike<unknown>) =>
    Array.from(x, Number).reduce((sum, value, index) => sum + value * Number(y[index]), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function shared(name: string): Promise<Uint8Array | undefined> {
  return readFixture(`../shared/models/${name}`);
}

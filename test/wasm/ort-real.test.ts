// The ort engine on a real model (MiniLM-L6 with int8 weights), where the shared models are at hand: both runtimes load it and agree.
import { Tensor } from "onnxruntime-common";
import { describe, expect, it } from "vitest";
import { OrtSession } from "../../src/wasm/ort-session.ts";
import { readFixture } from "../fixtures.ts";

const path = "../shared/models/all-minilm-l6-v2-int8-onnx/model.onnx";
// A URL would drop the leading dots.
const model = await readFixture(navigator.userAgent === "Cloudflare-Workers" ? encodeURIComponent(path) : path);

describe.skipIf(!model)("OrtSession on MiniLM-L6 int8", () => {
  it("computes the same hidden states in every runtime and lets the file go", async () => {
    const session = await OrtSession.create(model!, { transfer: true });
    expect(model!.byteLength).toBe(0);
    expect(session.memory.bytes).toBeLessThan(270e6);
    const input_ids = new Tensor("int32", Int32Array.of(101, 7592, 2088, 102), [1, 4]);
    const { last_hidden_state } = await session.run({ input_ids });
    expect(last_hidden_state?.dims).toEqual([1, 4, 384]);
    const [first, second] = last_hidden_state!.data;
    expect(first).toBeCloseTo(0.17289, 3);
    expect(second).toBeCloseTo(0.050516, 3);
    await session.release();
  });
});

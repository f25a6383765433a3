// A Worker with the kernel engine and nothing else: what a cold start costs.
import { Tensor } from "onnxruntime-common";
import model from "../../dist/bench/all-minilm-l6-v2.safetensors";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import type { InferenceSession } from "../../src/wasm/session.ts";

let session: InferenceSession | undefined;

export default {
  async fetch(request: Request): Promise<Response> {
    if (!session) {
      session = await KernelSession.create(model);
      model.transfer(0);
    }
    const ids = (await request.json()) as number[];
    const feeds = { input_ids: new Tensor("int32", Int32Array.from(ids), [1, ids.length]) };
    const { last_hidden_state } = await session.run(feeds, ["last_hidden_state"]);
    return Response.json({ dims: last_hidden_state?.dims, bytes: session.memory.bytes });
  },
};

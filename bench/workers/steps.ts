// A Worker that does one step of a cold start a request, named by the path: whoever asks takes the time, finer than a Worker's clock does.
import { Tensor } from "onnxruntime-common";
import { loadKernelModule, MAXIMUM_MEMORY } from "#kernel";
import file from "../../dist/bench/all-minilm-l6-v2.safetensors";
import { type PackedModel, readPacked } from "../../src/model-file/packed.ts";
import { unpackTokenizer } from "../../src/tokenizer/tokenizer.ts";
import { SessionMemory } from "../../src/wasm/kernel/arena.ts";
import { preferredBuild } from "../../src/wasm/kernel/relaxed-simd.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";

let memory: SessionMemory;
let model: PackedModel;
let session: KernelSession;

const ids = Int32Array.from({ length: 16 }, (_, i) => 1000 + i);
const feeds = { input_ids: new Tensor("int32", ids, [1, ids.length]) };

// The parts of KernelSession.create in their order, then that as a whole.
const STEPS: Readonly<Record<string, () => unknown>> = {
  nothing: () => {},
  memory: () => {
    memory = new SessionMemory(file.byteLength, MAXIMUM_MEMORY);
  },
  read: async () => {
    model = await readPacked(file, ({ weightBytes }) => memory.u8(memory.weights, weightBytes));
  },
  instantiate: async () =>
    new WebAssembly.Instance(await loadKernelModule(preferredBuild()), { env: { memory: memory.memory } }),
  tokenizer: () => unpackTokenizer(model.header.tokenizer, model.tokenizerTables)?.encodeBatch(["a first text"]),
  create: async () => {
    session = await KernelSession.create(file);
  },
  run: () => session.run(feeds, ["last_hidden_state"]),
};

export default {
  async fetch(request: Request): Promise<Response> {
    await STEPS[new URL(request.url).pathname.slice(1)]!();
    return Response.json({});
  },
};

// The platform's signal that the CPU time of a request is nearly used up: a run that is in progress ends, and leaves nothing behind. No local runtime sends
// it, so the test writes it where workerd does, at the address of the kernel's export.
import { Tensor } from "onnxruntime-common";
import { describe, expect, test } from "vitest";
import { loadKernelModule } from "#kernel";
import { KernelSession } from "../../../src/wasm/kernel/session.ts";
import type { KernelExports } from "../../../src/wasm/kernels/abi.ts";
import { expectError } from "../../expect-error.ts";
import { readFixture } from "../../fixtures.ts";

const file = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
const FETCHES = ["sentence_embedding"];
const SIGXCPU = 24;

/** A row of this length, the ids of which are all different. */
function row(length: number): Record<string, Tensor> {
  const ids = Int32Array.from({ length }, (_, index) => 1000 + index);
  return {
    input_ids: new Tensor("int32", ids, [1, length]),
    attention_mask: new Tensor("int32", new Int32Array(length).fill(1), [1, length]),
  };
}

describe.each(["relaxed", "baseline"] as const)("%s", (build) => {
  test("a run that is signalled between two layers ends, and the next one is right", async () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const { exports } = new WebAssembly.Instance(await loadKernelModule(build), { env: { memory } });
    const address = (exports as unknown as KernelExports).__instance_signal.value as number;
    const session = await KernelSession.create(file, { build });
    const feeds = row(200);
    const expected = await session.run(feeds, FETCHES);
    const signal = async () => {
      new Int32Array(session.weights.buffer)[address / 4] = SIGXCPU;
    };
    await expectError(() => session.run(feeds, FETCHES, { between: signal }), "unavailable", "CPU time");
    const after = await session.run(feeds, FETCHES, { between: async () => {} });
    expect(after.sentence_embedding!.data).toEqual(expected.sentence_embedding!.data);
    await session.release();
  });

  test("a signal before a run refuses it, once", async () => {
    const session = await KernelSession.create(file, { build });
    new Int32Array(session.weights.buffer)[1] = SIGXCPU;
    await expectError(() => session.run(row(8), FETCHES), "unavailable", "CPU time");
    await session.run(row(8), FETCHES);
    await session.release();
  });
});

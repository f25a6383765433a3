// Runs that take turns on one session: each computes what it computes alone.
import { Tensor } from "onnxruntime-common";
import { describe, expect, test } from "vitest";
import { KernelSession } from "../../../src/wasm/kernel/session.ts";
import type { KernelBuild } from "../../../src/wasm/kernels/abi.ts";
import { expectError } from "../../expect-error.ts";
import { readFixture } from "../../fixtures.ts";

const file = (await readFixture("models/minilm-l6-heads/model.safetensors"))!;
const FETCHES = ["last_hidden_state", "sentence_embedding", "intent.logits", "attentions.0"];

/** A batch whose rows have these lengths; each row is padded to the longest. */
function batch(...lengths: readonly number[]): Record<string, Tensor> {
  const longest = Math.max(...lengths);
  const rows = lengths.map((length, row) =>
    Array.from({ length: longest }, (_, index) => (index < length ? 1000 + ((index * 37 + row * 101) % 20_000) : 0)),
  );
  const int32 = (values: readonly number[]) => new Tensor("int32", Int32Array.from(values), [lengths.length, longest]);
  return {
    input_ids: int32(rows.flat()),
    attention_mask: int32(rows.flatMap((row) => row.map((id) => Math.sign(id)))),
  };
}

describe.each(["relaxed", "baseline"] as const)("%s", (build: KernelBuild) => {
  test("interleaved runs have the same bits as runs on their own", async () => {
    const session = await KernelSession.create(file, { build });
    // Several groups each, and the later ones need more memory than the first has planned. Rows of over 150 tokens pause between layers.
    const batches = [batch(90, 60, 100, 30), batch(200, 5), batch(5), batch(60, 300, 120, 128)];
    const alone = [];
    for (const feeds of batches) alone.push(await session.run(feeds, FETCHES));
    let pauses = 0;
    const between = async () => {
      pauses++;
      await Promise.resolve();
    };
    const fresh = await KernelSession.create(file, { build });
    const together = await Promise.all(batches.map((feeds) => fresh.run(feeds, FETCHES, { between })));
    // Between groups, and between the six layers of two long rows, which wait for each other.
    expect(pauses).toBeGreaterThanOrEqual(3 + 1 + 0 + 3 + 2 * 5);
    for (const [index, outputs] of together.entries())
      for (const name of FETCHES) expect(outputs[name]!.data, name).toEqual(alone[index]![name]!.data);
    await session.release();
    await fresh.release();
  });

  test("a run that is stopped, or whose session is released, ends, and the next one is right", async () => {
    const session = await KernelSession.create(file, { build });
    const feeds = batch(100, 200);
    const expected = await session.run(feeds, FETCHES);
    const between = async () => {
      throw new Error("stopped");
    };
    await expect(session.run(feeds, FETCHES, { between })).rejects.toThrow("stopped");
    expect((await session.run(feeds, FETCHES)).sentence_embedding!.data).toEqual(expected.sentence_embedding!.data);
    // A row between two layers, too.
    let calls = 0;
    const later = async () => {
      if (++calls === 3) throw new Error("stopped");
    };
    await expect(session.run(feeds, FETCHES, { between: later })).rejects.toThrow("stopped");
    expect((await session.run(feeds, FETCHES, { between: async () => {} })).sentence_embedding!.data).toEqual(
      expected.sentence_embedding!.data,
    );
    const releasing = session.run(feeds, FETCHES, { between: () => session.release() });
    await expectError(() => releasing, "invalid_input", "released");
  });

  test("a long row that does not go on is given up, and does not hold up the others", async () => {
    const session = await KernelSession.create(file, { build });
    const feeds = batch(200);
    const expected = await session.run(feeds, FETCHES);
    let goOn = () => {};
    const dropped = session.run(feeds, FETCHES, {
      between: () => new Promise((resolve) => (goOn = resolve)),
    });
    const other = await session.run(feeds, FETCHES, { between: async () => {} });
    expect(other.sentence_embedding!.data).toEqual(expected.sentence_embedding!.data);
    goOn();
    await expectError(() => dropped, "overloaded", "given up");
    await session.release();
  });
});

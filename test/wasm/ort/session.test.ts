// The ort engine's own part: starting up, feeds, errors, memory and release. That it computes the right numbers is in
// test/onnx/onnx.test.ts.

import { Tensor as OrtTensor } from "onnxruntime-common";
import { describe, expect, it } from "vitest";
import { encoderSpec } from "../../../src/architectures/architectures.ts";
import { BertConfig } from "../../../src/architectures/config.ts";
import { encoderShapes } from "../../../src/architectures/encoder-spec.ts";
import { BertletError, type ErrorType } from "../../../src/errors.ts";
import { OnnxGraph } from "../../../src/onnx/graph.ts";
import { toOnnx } from "../../../src/onnx/to-onnx.ts";
import { Tensor } from "../../../src/tensor.ts";
import { OrtSession } from "../../../src/wasm/ort/session.ts";
import type { Feeds } from "../../../src/wasm/session.ts";

const config = BertConfig.fromJSON({
  vocab_size: 300,
  hidden_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 128,
  max_position_embeddings: 512,
});
const file = toOnnx(encoderSpec(config), randomTensors());

const ints = (rows: number[][]) =>
  new Tensor("int32", Int32Array.from(rows.flat()), [rows.length, rows[0]?.length ?? 0]);
const longs = (rows: number[][]) =>
  new Tensor("int64", BigInt64Array.from(rows.flat(), BigInt), [rows.length, rows[0]?.length ?? 0]);
const filled = (rows: number, columns: number, value = 7) =>
  ints(Array.from({ length: rows }, () => Array.from({ length: columns }, () => value)));

const native = WebAssembly.instantiate;

describe("OrtSession", () => {
  it("starts once, whoever asks, and leaves WebAssembly.instantiate as it was", async () => {
    const sessions = await Promise.all([OrtSession.create(file), OrtSession.create(file), OrtSession.create(file)]);
    expect(WebAssembly.instantiate).toBe(native);
    for (const session of sessions) {
      expect(session.inputNames).toEqual(["input_ids", "attention_mask", "token_type_ids"]);
      expect(session.outputNames).toEqual(["last_hidden_state", "pooler_output"]);
      await session.release();
    }
  });

  it("takes int32 and int64 alike", async () => {
    const session = await OrtSession.create(file);
    const rows = [[5, 6, 7, 8]];
    expect((await session.run({ input_ids: longs(rows) })).pooler_output?.data).toEqual(
      (await session.run({ input_ids: ints(rows) })).pooler_output?.data,
    );
    await session.release();
  });

  it("takes every token for real and of type 0 when not told", async () => {
    const session = await OrtSession.create(file);
    const input_ids = ints([[5, 6, 7, 8]]);
    const alone = await session.run({ input_ids });
    const told = await session.run({ input_ids, attention_mask: filled(1, 4, 1), token_type_ids: filled(1, 4, 0) });
    expect(alone).toEqual(told);
    const others: Feeds[] = [{ attention_mask: ints([[1, 1, 1, 0]]) }, { token_type_ids: ints([[0, 0, 1, 1]]) }];
    for (const other of others) {
      expect((await session.run({ input_ids, ...other })).pooler_output).not.toEqual(told.pooler_output);
    }
    await session.release();
  });

  it("returns what is fetched", async () => {
    const session = await OrtSession.create(file);
    const input_ids = filled(2, 3);
    expect(Object.keys(await session.run({ input_ids }))).toEqual(["last_hidden_state", "pooler_output"]);
    expect(Object.keys(await session.run({ input_ids }, { pooler_output: null }))).toEqual(["pooler_output"]);
    const { pooler_output } = await session.run({ input_ids }, ["pooler_output"]);
    expect(pooler_output).toBeInstanceOf(Tensor);
    expect(pooler_output).toMatchObject({ type: "float32", dims: [2, 64], size: 128, location: "cpu" });
    expect(await session.run({ input_ids }, [])).toEqual({});
    await session.release();
  });

  it("keeps runs at the same time apart", async () => {
    const session = await OrtSession.create(
      toOnnx(encoderSpec(config), randomTensors(), { hiddenStates: true, attentions: true }),
    );
    const runs = Array.from({ length: 8 }, (_, n) => () => {
      const fetches = n % 2 ? undefined : ["pooler_output"];
      return session.run({ input_ids: filled(1 + (n % 3), 4 + n, 10 + n) }, fetches);
    });
    const alone: unknown[] = [];
    for (const run of runs) alone.push(await run());
    // Each caller asks for something else as soon as it is answered, while the others wait.
    const together = runs.map(async (_, caller) => {
      for (let n = caller; n < caller + runs.length; n++) {
        expect(await runs[n % runs.length]!()).toEqual(alone[n % runs.length]);
      }
    });
    await Promise.all(together);
    await session.release();
  });

  describe("refuses", async () => {
    const session = await OrtSession.create(file);
    const input_ids = filled(2, 3);
    const cases: Record<string, [feeds: Feeds, fetches: string[] | undefined, message: string]> = {
      "no input_ids": [{}, undefined, "input_ids is missing"],
      "an unknown input": [{ input_ids, position_ids: input_ids }, undefined, "there is no input position_ids"],
      "an unknown output": [{ input_ids }, ["logits"], "there is no output logits"],
      "a flat tensor": [{ input_ids: new OrtTensor("int32", [1, 2], [2]) }, undefined, "[batch, length]"],
      "no texts": [{ input_ids: new OrtTensor("int32", [], [0, 3]) }, undefined, "input_ids is [0, 3]"],
      "no tokens": [{ input_ids: new OrtTensor("int32", [], [2, 0]) }, undefined, "input_ids is [2, 0]"],
      "another shape": [{ input_ids, attention_mask: filled(2, 4) }, undefined, "it must be [2, 3]"],
      "another type": [{ input_ids: new OrtTensor("float32", [1], [1, 1]) }, undefined, "input_ids is float32"],
      "negative ids": [{ input_ids: ints([[1, -1]]) }, undefined, "input_ids holds -1"],
      "ids beyond the vocabulary": [{ input_ids: ints([[300]]) }, undefined, "idx=300"],
      "too many tokens": [{ input_ids: filled(1, 513) }, undefined, "512 by 513"],
    };
    for (const [name, [feeds, fetches, message]] of Object.entries(cases)) {
      it(name, () => rejects(session.run(feeds, fetches), "invalid_input", message));
    }

    it("and goes on", async () => {
      expect((await session.run({ input_ids })).last_hidden_state?.dims).toEqual([2, 3, 64]);
    });
  });

  describe("refuses a graph", () => {
    const graph = (name: string, type: "float" | "int32" | "int64", shape: (number | string)[]) => {
      const graph = new OnnxGraph("other");
      graph.input({ name, type, shape });
      graph.node("Identity", [name], {}, "y");
      graph.output({ name: "y", type, shape });
      return graph.finish();
    };

    it("of other inputs", async () => {
      await rejects(OrtSession.create(graph("x", "int64", ["b", "s"])), "unsupported", "no input input_ids");
      await rejects(OrtSession.create(graph("input_ids", "float", ["b", "s"])), "unsupported", "float32 [b, s]");
      await rejects(OrtSession.create(graph("input_ids", "int64", ["s"])), "unsupported", "int64 [s]");
    });

    it("but not one of fewer inputs, of int32 or of a fixed shape", async () => {
      const session = await OrtSession.create(graph("input_ids", "int32", [1, 4]));
      expect(session.inputNames).toEqual(["input_ids"]);
      expect((await session.run({ input_ids: longs([[1, 2, 3, 4]]) })).y?.data).toEqual(Int32Array.of(1, 2, 3, 4));
      await rejects(session.run({ input_ids: filled(1, 5) }), "invalid_input", "the graph takes input_ids of [1, 4]");
      await session.release();
    });
  });

  it("calls a damaged file invalid_checkpoint, whatever the damage, and goes on", async () => {
    await rejects(OrtSession.create(new ArrayBuffer(0)), "invalid_checkpoint", "");
    await rejects(OrtSession.create(new Uint8Array(1000).fill(7)), "invalid_checkpoint", "damaged");
    for (const part of [0.1, 0.5, 0.9, 0.999]) {
      await rejects(OrtSession.create(file.slice(0, file.length * part)), "invalid_checkpoint", "");
    }
    for (let at = 1; at < file.length; at += Math.ceil(file.length / 100)) {
      const damaged = file.slice();
      damaged[at] = damaged[at]! ^ 0x55;
      // A weight may have changed, which nobody can tell; anything else must be a BertletError.
      await OrtSession.create(damaged).then(
        (session) => session.release(),
        (error) => expect(error).toBeInstanceOf(BertletError),
      );
    }
    const session = await OrtSession.create(file);
    await session.run({ input_ids: filled(1, 4) });
    await session.release();
  });

  it("detaches the file when it may, and keeps no hold on it otherwise", async () => {
    const mine = file.slice();
    await (await OrtSession.create(mine)).release();
    const session = await OrtSession.create(mine.buffer, { transfer: true });
    expect(mine.byteLength).toBe(0);
    expect((await session.run({ input_ids: filled(1, 4) })).pooler_output?.dims).toEqual([1, 64]);
    await session.release();
  });

  it("keeps to the maximum while it lives", async () => {
    const before = await OrtSession.create(file);
    const { bytes } = before.memory;
    expect(before.memory.maximum).toBe(2 ** 32);
    await before.release();

    const session = await OrtSession.create(file, { maximumMemory: bytes + 2 ** 24 });
    expect(session.memory.maximum).toBe(bytes + 2 ** 24);
    const beside = await OrtSession.create(file);
    expect(beside.memory.maximum).toBe(bytes + 2 ** 24);
    await rejects(session.run({ input_ids: filled(64, 512) }), "input_too_large", "does not fit");
    expect(session.memory.bytes).toBeLessThanOrEqual(session.memory.maximum);
    expect((await session.run({ input_ids: filled(1, 4) })).pooler_output?.dims).toEqual([1, 64]);
    await session.release();
    expect(beside.memory.maximum).toBe(2 ** 32);
    await beside.release();

    const large = toOnnx(
      encoderSpec(BertConfig.fromJSON({ ...config.toJSON(), vocab_size: 2 ** 18 })),
      randomTensors(2 ** 18),
    );
    await rejects(OrtSession.create(large, { maximumMemory: session.memory.bytes }), "out_of_memory", "does not fit");
  });

  it("gives back what it took", async () => {
    const use = async () => {
      const session = await OrtSession.create(file);
      await session.run({ input_ids: filled(4, 64) });
      await session.release();
      return session.memory.bytes;
    };
    const first = await use();
    for (let n = 0; n < 60; n++) await use();
    expect(await use()).toBe(first);
  });

  it("runs no more once released, and may be released twice", async () => {
    const session = await OrtSession.create(file);
    const last = session.run({ input_ids: filled(1, 4) });
    await Promise.all([session.release(), session.release()]);
    expect((await last).pooler_output?.dims).toEqual([1, 64]);
    await rejects(session.run({ input_ids: filled(1, 4) }), "invalid_input", "released");
  });
});

async function rejects(promise: Promise<unknown>, type: ErrorType, message: string): Promise<void> {
  const error = await promise.catch((error: unknown) => error);
  if (!(error instanceof BertletError)) throw new Error(`no BertletError but ${error}`);
  expect(error.type).toBe(type);
  expect(error.message).toContain(message);
}

/** The encoder's tensors, filled with numbers that look random and are the same every time. */
function randomTensors(vocab_size = config.vocab_size) {
  let seed = 1;
  const random = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647 - 0.5;
  };
  const shapes = encoderShapes(encoderSpec(BertConfig.fromJSON({ ...config.toJSON(), vocab_size })));
  return new Map(
    Array.from(shapes, ([name, shape]) => {
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).map(random);
      return [name, { shape, data }];
    }),
  );
}

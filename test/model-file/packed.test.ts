// The packed model file, read: from any kind of source and in any pieces, and never a file that is not exactly right.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BertletError } from "../../src/errors.ts";
import { type PackInput, packModel } from "../../src/model-file/pack.ts";
import {
  type PackedHeader,
  type PackedModel,
  type PackedSource,
  QUANTIZATIONS,
  readPacked,
} from "../../src/model-file/packed.ts";
import { readSafetensors, type TensorView, writeSafetensors } from "../../src/safetensors.ts";
import { f32, rawSafetensors, streamOf, tinyInput } from "../builders.ts";
import { expectError, expectNoOtherError } from "../expect-error.ts";

const input: PackInput = {
  ...tinyInput(),
  tokenizer: {
    config: { doLowerCase: true },
    tables: new Map([
      ["vocab", Uint8Array.of(1, 2, 3, 4, 5)],
      ["empty", new Uint8Array(0)],
      ["merges", Uint8Array.of(6, 7)],
    ]),
  },
  origin: { name: "tiny", license: "mit", url: "https://example.org/tiny" },
};
const file = await packModel(input);
// The file is header, weights and the 7 bytes of the tables.
const tablesAt = file.length - 7;
const headerEnd = readSafetensors(file).tensors.values().next().value!.bytes.byteOffset;

interface Read extends PackedModel {
  readonly weights: Uint8Array;
}

/** Reads a packed file and the weights that were placed. */
async function read(source: PackedSource): Promise<Read> {
  let weights = new Uint8Array(0);
  const model = await readPacked(source, (header) => {
    weights = place(header);
    return weights;
  });
  return { ...model, weights };
}

/** No test asks for more than the file has: a claim beyond it is refused as a session's memory refuses it. */
function place({ weightBytes }: PackedHeader): Uint8Array<ArrayBuffer> {
  if (weightBytes > file.length) throw new BertletError("out_of_memory", `${weightBytes} bytes`);
  return new Uint8Array(weightBytes);
}

const refused = (source: PackedSource, ...parts: string[]) =>
  expectError(() => read(source), "invalid_checkpoint", ...parts);

/** The file with other metadata; undefined takes a key away. */
function withMetadata(changes: Readonly<Record<string, string | undefined>>): Uint8Array {
  const { tensors, metadata } = readSafetensors(file);
  const changed = Object.entries({ ...metadata, ...changes }).filter(([, value]) => value !== undefined);
  return writeSafetensors(tensors, Object.fromEntries(changed) as Record<string, string>);
}

function withTensors(tensors: Iterable<readonly [string, TensorView]>): Uint8Array {
  return writeSafetensors(new Map(tensors), readSafetensors(file).metadata);
}

describe("readPacked", () => {
  describe.each(QUANTIZATIONS)("of a file in %s", (quantization) => {
    it("gives back what was packed", async () => {
      const packed = await packModel({ ...input, quantization });
      const { tensors } = readSafetensors(packed);
      const { header, tokenizerTables, weights } = await read(packed.slice());
      expect(header.config.toJSON()).toEqual(input.config.toJSON());
      expect(header.quantization).toBe(quantization);
      expect(header.origin).toEqual(input.origin);
      expect(header.tokenizer).toEqual({ doLowerCase: true });
      expect(header.heads.map(({ name, architecture, task, labels }) => [name, architecture, task, labels])).toEqual([
        ["mood", "BertForSequenceClassification", "text-classification", ["bad", "good"]],
        ["entities", "BertForTokenClassification", "token-classification", ["O", "PER", "LOC"]],
        ["words", "BertForMaskedLM", "fill-mask", []],
      ]);
      expect(tokenizerTables).toEqual(input.tokenizer?.tables);
      expect(weights.length).toBe(header.weightBytes);
      expect([...header.tensors.keys()]).toEqual([...tensors.keys()]);
      for (const [name, { dtype, shape, start, end }] of header.tensors) {
        const { bytes, ...type } = tensors.get(name)!;
        expect({ dtype, shape }).toEqual(type);
        if (start < header.weightBytes) expect(weights.subarray(start, end)).toEqual(bytes);
      }
    });
  });

  it("needs no tokenizer and no source", async () => {
    const { header, tokenizerTables } = await read(await packModel(tinyInput()));
    expect([header.tokenizer, header.origin, tokenizerTables.size]).toEqual([undefined, undefined, 0]);
  });

  it("needs no heads", async () => {
    expect((await read(await packModel({ ...tinyInput(), heads: [] }))).header.heads).toEqual([]);
  });

  describe("reads the same from", async () => {
    const expected = await read(file);
    const around = new Uint8Array(file.length + 12);
    around.set(file, 5);

    it.each<[string, () => PackedSource]>([
      ["an ArrayBuffer", () => file.buffer],
      ["a part of a buffer", () => around.subarray(5, 5 + file.length)],
      ["a stream of single bytes", () => streamOf(file, 1)],
      ["a stream of 7 bytes at a time", () => streamOf(file, 7)],
      ["a stream of 64 KiB at a time", () => streamOf(file, 65_536)],
      ["a stream of one piece", () => streamOf(file, file.length)],
      ["a stream whose first piece is the header", () => streamOf(file, headerEnd)],
      ["a stream with empty pieces", () => streamOf(file, 100).pipeThrough(withEmptyPieces())],
    ])("%s", async (_, source) => {
      expect(await read(source())).toEqual(expected);
    });
  });

  it("copies the tokenizer's tables out of the source", async () => {
    const source = file.slice();
    const { tokenizerTables } = await read(source);
    source.fill(0);
    expect(tokenizerTables).toEqual(input.tokenizer?.tables);
  });

  describe("refuses", () => {
    describe.each<[string, (bytes: Uint8Array) => PackedSource]>([
      ["a buffer", (bytes) => bytes],
      ["a stream", (bytes) => streamOf(bytes, 4096)],
    ])("%s", (_, sourceOf) => {
      it("that is cut short, wherever", async () => {
        const ends = [8, headerEnd, tablesAt].flatMap((end) => [end - 1, end, end + 1]);
        const lengths = [0, ...ends, file.length - 1];
        for (let length = 50; length < file.length; length += 997) lengths.push(length);
        for (const length of lengths) await refused(sourceOf(file.subarray(0, length)), "cut short");
      });

      it("that goes on", async () => {
        const longer = new Uint8Array(file.length + 1);
        longer.set(file);
        await refused(sourceOf(longer), "bytes follow its last tensor");
      });

      it("whose header is longer than the file", async () => {
        const longer = file.slice();
        new DataView(longer.buffer).setBigUint64(0, 2n ** 23n, true);
        await refused(sourceOf(longer), "cut short");
      });

      it.each([
        ["16 MiB", 2n ** 24n + 1n],
        ["100 MB", 100_000_001n],
        ["every memory", 2n ** 64n - 1n],
      ])("whose header would be over %s", async (_, length) => {
        const longer = file.slice();
        new DataView(longer.buffer).setBigUint64(0, length, true);
        await refused(sourceOf(longer), `a header of ${length} bytes is over`);
      });

      it("whose tokenizer claims more bytes than there are", async () => {
        const { metadata } = readSafetensors(file);
        for (const size of [1000, 2 ** 40, 2 ** 53 - 1]) {
          const vocab = { dtype: "U8", shape: [size], data_offsets: [0, size] };
          await refused(sourceOf(rawSafetensors({ __metadata__: metadata, "tokenizer.vocab": vocab })), "bytes");
        }
      });
    });

    it("a buffer whose weights are not all there, before it asks for their place", async () => {
      const { metadata } = readSafetensors(file);
      const size = 2 ** 53 - 1;
      const header = { __metadata__: metadata, x: { dtype: "U8", shape: [size], data_offsets: [0, size] } };
      await expectError(
        () => readPacked(rawSafetensors(header, 100), () => expect.unreachable("the place was asked for")),
        "invalid_checkpoint",
        "it is cut short",
      );
    });

    it.each<[string, Record<string, string | undefined>, ...string[]]>([
      ["another format", { format: "pt" }, "it is no packed model; convert the checkpoint first"],
      ["no format", { format: undefined }, "it is no packed model"],
      [
        "an older version",
        { version: "1" },
        "its version is 1, and this library reads 2 and 3; `bertlet convert` packs the checkpoint anew",
      ],
      ["a newer version", { version: "4" }, "its version is 4, and this library reads 2 and 3"],
      ["no version", { version: undefined }, "its version is undefined"],
      ["another quantisation", { quantization: "int3" }, "quantization: Invalid type", "int3"],
      ["no quantisation", { quantization: undefined }, "quantization: Invalid type"],
      ["no digest", { digest: undefined }, "digest: Invalid"],
      ["an empty digest", { digest: "" }, "digest: Invalid"],
      ["a digest that is none", { digest: "0123" }, "digest: Invalid"],
      ["heads that are not JSON", { heads: "[" }, "its heads is not JSON"],
      ["no heads", { heads: undefined }, "heads: Invalid type: Expected Array"],
      ["heads that are no list", { heads: "{}" }, "heads: Invalid type"],
      ["a head that is null", { heads: "[null]" }, "heads: 0: Invalid type"],
      ["a head without outputs", { heads: headsWith({ outputs: [] }) }, "heads: 0.outputs: Invalid length"],
      ["a head whose name is a path", { heads: headsWith({ name: "../a" }) }, "heads: 0.name: "],
      ["a head of another kind of labels", { heads: headsWith({ labels: [1] }) }, "heads: 0.labels.0: "],
      ["a head of an unknown kind", { heads: headsWith({ kind: "x" }) }, "heads: 0.kind: "],
      ["a problem type of its own", { heads: headsWith({ problem_type: "x" }) }, "heads: 0.problem_type: "],
      ["an output from elsewhere", { heads: outputWith({ from: "x" }) }, "heads: 0.outputs.0.from: "],
      ["an output without steps", { heads: outputWith({ steps: [] }) }, "heads: 0.outputs.0.steps: ", "must be dense"],
      ["an unknown step", { heads: outputWith({ steps: [{ op: "conv" }] }) }, "heads: 0.outputs.0.steps.0.op: "],
      ["thresholds for other labels", { heads: headsWith({ thresholds: [0.5] }) }, "one threshold per label"],
      ["a temperature of 0", { heads: headsWith({ temperature: 0 }) }, "heads: 0.temperature: "],
      ["no encoder", { encoder: undefined }, "encoder: Invalid type"],
      ["an encoder that is not JSON", { encoder: "a" }, "its encoder is not JSON"],
      [
        "an encoder of another width",
        { encoder: encoderWith({ hiddenSize: 32 }) },
        "its encoder and its config disagree",
      ],
      ["an unknown part of an encoder", { encoder: encoderWith({ bias: true }) }, "encoder: bias: "],
      ["no sentence embedding", { sentence_embedding: undefined }, "sentence_embedding: Invalid type"],
      ["an unknown pooling", { sentence_embedding: '{"pooling":["x"],"steps":[]}' }, "sentence_embedding: pooling.0: "],
      ["a source without a licence", { source: '{"name":"a"}' }, "source: license: "],
      ["a source that is not JSON", { source: "a" }, "its source is not JSON"],
      ["a tokenizer that is not JSON", { tokenizer: "a" }, "its tokenizer is not JSON"],
      ["a config that is not JSON", { config: "a" }, "its config is not JSON"],
    ])("%s", (_, changes, ...parts) => refused(withMetadata(changes), ...parts));

    it.each([
      ["no config", undefined, "Expected Object"],
      ["a config that makes no sense", '{"hidden_size":-1}', "hidden_size: "],
    ])("%s as such", (_, config, message) =>
      expectError(() => read(withMetadata({ config })), "invalid_config", message),
    );

    it("what is no packed file", async () => {
      await refused(new Uint8Array(0), "cut short");
      await refused(new TextEncoder().encode("PK\u0003\u0004 a zip file of some length"));
      await refused(writeSafetensors(new Map([["x", f32([1], [1])]]), {}), "it is no packed model");
    });

    it("weights behind the tokenizer's tables", async () => {
      const tensors = [...readSafetensors(file).tensors];
      const [first, ...rest] = tensors;
      await refused(
        withTensors([...rest, first!]),
        "embeddings.word_embeddings.weight lies behind the tokenizer's tables",
      );
      await refused(withTensors([...tensors, ["x", f32([1], [1])]]), "x lies behind the tokenizer's tables");
    });
  });

  it("reads or refuses a file with bits of its header turned over", async () => {
    const bit = fc.nat(8 * 5000 - 1);
    await fc.assert(
      fc.asyncProperty(fc.array(bit, { minLength: 1, maxLength: 4 }), fc.boolean(), async (bits, streamed) => {
        const damaged = file.slice();
        for (const at of bits) damaged[at >> 3]! ^= 1 << (at & 7);
        await expectNoOtherError(() => read(streamed ? streamOf(damaged, 10_000) : damaged));
      }),
      { numRuns: 500 },
    );
  });

  describe("a stream", () => {
    /** A stream of pieces that never ends by itself, and whether it was cancelled. */
    function endless(bytes: Uint8Array, size: number) {
      const state = { cancelled: false };
      let at = 0;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          const piece = at < bytes.length ? bytes.slice(at, at + size) : new Uint8Array(size);
          controller.enqueue(piece);
          at += size;
        },
        cancel() {
          state.cancelled = true;
        },
      });
      return { stream, state };
    }

    it.each<[string, Uint8Array, string]>([
      ["a damaged header", new Uint8Array(100).fill(255), "a header of"],
      ["another format", withMetadata({ format: "pt" }), "it is no packed model"],
      ["bytes behind its end", file, "bytes follow its last tensor"],
    ])("is cancelled after %s", async (_, bytes, message) => {
      const { stream, state } = endless(bytes, 1000);
      await refused(stream, message);
      expect(state.cancelled).toBe(true);
    });

    it("is cancelled when there is no place for the weights", async () => {
      const { stream, state } = endless(file, 1000);
      const full = new BertletError("out_of_memory", "full");
      const reading = readPacked(stream, () => {
        throw full;
      });
      await expect(reading).rejects.toBe(full);
      expect(state.cancelled).toBe(true);
    });

    it.each([0, 1, 20])("that fails after %i pieces fails the reading with its own error", async (pieces) => {
      const failure = new TypeError("the connection was lost");
      let sent = 0;
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent === pieces) controller.error(failure);
          else controller.enqueue(file.slice(sent * 1000, ++sent * 1000));
        },
      });
      await expect(read(stream)).rejects.toBe(failure);
    });

    it("whose cancelling fails still tells why it was refused", async () => {
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(100).fill(255)),
        cancel: () => Promise.reject(new Error("not now")),
      });
      await refused(stream, "a header of");
    });
  });
});

/** The metadata's heads, the first one changed. */
function headsWith(changes: object): string {
  const [first, ...rest] = JSON.parse(readSafetensors(file).metadata.heads!) as object[];
  return JSON.stringify([{ ...first, ...changes }, ...rest]);
}

function outputWith(changes: object): string {
  const [{ outputs }] = JSON.parse(readSafetensors(file).metadata.heads!) as [{ outputs: [object] }];
  return headsWith({ outputs: [{ ...outputs[0], ...changes }] });
}

/** The metadata's encoder, changed. */
function encoderWith(changes: object): string {
  return JSON.stringify({ ...JSON.parse(readSafetensors(file).metadata.encoder!), ...changes });
}

function withEmptyPieces(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform(piece, controller) {
      controller.enqueue(new Uint8Array(0));
      controller.enqueue(piece);
    },
    flush: (controller) => controller.enqueue(new Uint8Array(0)),
  });
}

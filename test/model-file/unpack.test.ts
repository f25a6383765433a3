// Unpacking: the checkpoint that a packed model was made of.
import { describe, expect, it } from "vitest";
import { resizeTokenEmbeddings } from "../../src/checkpoint/resize.ts";
import { writeCheckpoint } from "../../src/checkpoint/write-checkpoint.ts";
import { packModel } from "../../src/model-file/pack.ts";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { QUANTIZATIONS, readPacked } from "../../src/model-file/packed.ts";
import { unpackModel } from "../../src/model-file/unpack.ts";
import { readSafetensors, toFloat32 } from "../../src/safetensors.ts";
import { openSource } from "../../src/source/source.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import { randomHead, tinyConfig, tinyInput } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { difference, int32, values } from "../goldens.ts";

const odd = { hidden_size: 20, intermediate_size: 17, vocab_size: 19, max_position_embeddings: 5 };

async function unpack(file: Uint8Array) {
  let weights = new Uint8Array(0);
  const { header } = await readPacked(file, ({ weightBytes }) => {
    weights = new Uint8Array(weightBytes);
    return weights;
  });
  return unpackModel(header, weights);
}

describe("unpackModel", () => {
  it("gives back every tensor of an f32 model, bit for bit", async () => {
    const input = tinyInput(odd);
    const { config, encoder, heads, embedding } = await unpack(await packModel(input));
    expect(config.toJSON()).toEqual(input.config.toJSON());
    expect(new Map([...encoder].sort())).toEqual(new Map([...input.encoder].sort()));
    expect(heads).toEqual(input.heads);
    expect(embedding?.spec.pooling).toEqual(["mean"]);
  });

  it.each(QUANTIZATIONS)("gives what computes the same as the packed model: %s", async (quantization) => {
    const file = await packModel({ ...tinyInput(odd), quantization });
    const again = await packModel({ ...(await unpack(file)), quantization: "f32" });
    const feeds = { input_ids: int32([[1, 2, 3, 4]]) };
    const [a, b] = [await KernelSession.create(file), await KernelSession.create(again)];
    const names = ["last_hidden_state", "mood.logits", "words.logits"];
    const [expected, found] = [await a.run(feeds, names), await b.run(feeds, names)];
    // Activations are quantised in the one and not in the other.
    const tolerance = quantization === "f32" ? 1e-6 : 0.1;
    for (const name of names)
      expect(difference(found[name], [...values(expected[name])]), name).toBeLessThan(tolerance);
  });
});

describe("writeCheckpoint", () => {
  const load = async (files: ReadonlyMap<string, Uint8Array>) =>
    KernelSession.create(await packCheckpoint(await openSource(files), { quantization: "f32" }));

  it.each(["mood", "entities", "words", undefined])(
    "writes a folder that is read as the same model: %s",
    async (head) => {
      const input = tinyInput();
      const { encoder, heads, config } = input;
      const own = heads.find(({ spec }) => spec.name === head);
      const files = writeCheckpoint({ config, encoder, heads }, head === undefined ? {} : { head });
      const { tensors, metadata } = readSafetensors(files.get("model.safetensors")!);
      expect(metadata).toEqual({ format: "pt" });
      expect(tensors.has(own ? "bert.embeddings.word_embeddings.weight" : "embeddings.word_embeddings.weight")).toBe(
        true,
      );
      const [written, packed] = [await load(files), await KernelSession.create(await packModel(input))];
      const feeds = { input_ids: int32([[1, 2, 3, 4]]) };
      const from = own ? `${own.spec.task}.logits` : "pooler_output";
      const to = own ? `${own.spec.name}.logits` : "pooler_output";
      expect(values((await written.run(feeds, [from]))[from])).toEqual(values((await packed.run(feeds, [to]))[to]));
      expect(written.model.header.heads.map(({ labels }) => labels)).toEqual(own ? [own.spec.labels] : []);
    },
  );

  it("writes half precision, rounded to the nearest", () => {
    const { encoder, heads, config } = tinyInput();
    const files = writeCheckpoint({ config, encoder, heads }, { dtype: "float16" });
    const { tensors } = readSafetensors(files.get("model.safetensors")!);
    for (const [name, tensor] of tensors) {
      expect(tensor.dtype).toBe("F16");
      const original = toFloat32(encoder.get(name)!);
      for (const [i, value] of toFloat32(tensor).entries()) {
        expect(Math.abs(value - original[i]!)).toBeLessThanOrEqual(Math.max(Math.abs(original[i]!) / 2048, 2 ** -25));
      }
    }
    expect(JSON.parse(new TextDecoder().decode(files.get("config.json"))).torch_dtype).toBe("float16");
  });

  it("knows only the model's heads", () =>
    expectError(
      () => writeCheckpoint(tinyInput(), { head: "x" }),
      "not_found",
      "no head x; it has mood, entities, words",
    ));
});

describe("resizeTokenEmbeddings", () => {
  const untied = tinyConfig({ tie_word_embeddings: false });
  const heads = [randomHead("BertForMaskedLM", untied, "words", 4), ...tinyInput().heads.slice(0, 1)];
  const checkpoint = { ...tinyInput(), config: untied, heads };

  it("adds rows that are the mean of the others, to the embeddings and to the decoder", async () => {
    const larger = resizeTokenEmbeddings(checkpoint, 23);
    expect(larger.config.vocab_size).toBe(23);
    for (const [before, after, width] of [
      [checkpoint.encoder, larger.encoder, 16],
      [heads[0]!.tensors, larger.heads[0]!.tensors, 16],
    ] as const) {
      const name =
        before === checkpoint.encoder ? "embeddings.word_embeddings.weight" : "cls.predictions.decoder.weight";
      const [old, now] = [toFloat32(before.get(name)!), toFloat32(after.get(name)!)];
      expect(now.length).toBe(23 * width);
      expect(now.subarray(0, 20 * width)).toEqual(old);
      const mean = Array.from({ length: 20 }, (_, row) => old[row * width]!).reduce((a, b) => a + b) / 20;
      for (const row of [20, 21, 22]) expect(now[row * width]).toBeCloseTo(mean, 6);
    }
    const session = await KernelSession.create(await packModel(larger));
    const { "words.logits": logits } = await session.run({ input_ids: int32([[22, 3]]) }, ["words.logits"]);
    expect(logits?.dims).toEqual([1, 2, 23]);
  });

  it("cuts rows off, and leaves other heads alone", async () => {
    const smaller = resizeTokenEmbeddings(checkpoint, 7);
    expect(smaller.encoder.get("embeddings.word_embeddings.weight")?.shape).toEqual([7, 16]);
    expect(smaller.heads[1]).toEqual(heads[1]);
    await KernelSession.create(await packModel(smaller));
  });

  it.each([0, -1, 1.5, Number.NaN])("refuses a size of %s", (size) =>
    expectError(() => resizeTokenEmbeddings(checkpoint, size), "invalid_input", "positive integer"),
  );
});

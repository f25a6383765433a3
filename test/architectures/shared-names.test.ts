// Tensors that PyTorch holds once under two names: a file may have either, and both are known.
import { describe, expect, it } from "vitest";
import { BERT } from "../../src/architectures/bert.ts";
import { shareTensors } from "../../src/architectures/names.ts";
import type { LoadingInfo } from "../../src/checkpoint/checkpoint.ts";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { readSafetensors, writeSafetensors } from "../../src/safetensors.ts";
import { openSource } from "../../src/source/source.ts";
import { readFixture } from "../fixtures.ts";

describe("shareTensors", () => {
  it.each([
    ["cls.predictions.decoder.bias", "cls.predictions.bias"],
    ["cls.predictions.decoder.weight", "embeddings.word_embeddings.weight"],
  ])("gives %s the name %s, too, where that is free", (other, ours) => {
    expect(shareTensors(new Map([[other, 1]]), BERT.names).get(ours)).toBe(1);
    expect(
      shareTensors(
        new Map([
          [other, 1],
          [ours, 2],
        ]),
        BERT.names,
      ).get(ours),
    ).toBe(2);
    expect([...shareTensors(new Map([["x", 1]]), BERT.names).keys()]).toEqual(["x"]);
  });
});

it("a checkpoint is the same model by either name, and neither is unexpected", async () => {
  const golden = async (name: string) => (await readFixture(`test/goldens/torch/masked-lm/${name}`))!;
  const { tensors } = readSafetensors(await golden("model.safetensors"));
  const renamed = new Map(
    Array.from(tensors, ([name, tensor]) => {
      if (name === "cls.predictions.bias") return ["cls.predictions.decoder.bias", tensor];
      return [name === "bert.embeddings.word_embeddings.weight" ? "cls.predictions.decoder.weight" : name, tensor];
    }),
  );
  const told: LoadingInfo[] = [];
  const pack = async (file: Uint8Array) => {
    const source = await openSource({ "config.json": await golden("config.json"), "model.safetensors": file });
    return packCheckpoint(source, { quantization: "f32", onLoadingInfo: (info) => told.push(info) });
  };
  expect(await pack(writeSafetensors(renamed, {}))).toEqual(await pack(await golden("model.safetensors")));
  expect(told).toEqual(Array.from({ length: 2 }, () => ({ missing_keys: [], unexpected_keys: [] })));
});

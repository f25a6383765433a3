// One head in a file of its own, and in a folder of sentence-transformers.
import { describe, expect, test } from "vitest";
import { headSpec } from "../../src/architectures/architectures.ts";
import { BertConfig } from "../../src/architectures/config.ts";
import { readCheckpoint } from "../../src/checkpoint/checkpoint.ts";
import { headPath, readHeadFile, writeHeadFile } from "../../src/checkpoint/head-file.ts";
import { meanModules } from "../../src/checkpoint/write-modules.ts";
import { writeSafetensors } from "../../src/safetensors.ts";
import { openSource } from "../../src/source/source.ts";
import { checkpointFiles, randomHead, randomTensors, shapesOf, tinyConfig } from "../builders.ts";
import { expectError } from "../expect-error.ts";

const config = BertConfig.fromJSON({ model_type: "bert", vocab_size: 30, hidden_size: 4, num_attention_heads: 2 });
const spec = headSpec("BertForSequenceClassification", config, "topic")!;
const tensors = new Map([["classifier.bias", { dtype: "F32" as const, shape: [2], bytes: new Uint8Array(8).fill(7) }]]);

test("a head file gives back the head", () => {
  const read = readHeadFile(writeHeadFile({ spec, tensors }));
  expect(read.spec).toEqual(spec);
  expect([...read.tensors]).toEqual([...tensors]);
});

test("a file that holds no head, and a damaged one, are refused", async () => {
  const metadata = { format: "bertlet-head", version: "1", head: "{}" };
  await expectError(() => readHeadFile(writeSafetensors(tensors, {})), "invalid_checkpoint", "no head file");
  await expectError(() => readHeadFile(writeSafetensors(tensors, metadata)), "invalid_checkpoint", "not a usable");
  await expectError(() => readHeadFile(new Uint8Array(3)), "invalid_checkpoint");
});

describe("a folder of sentence-transformers with head files", () => {
  const encoder = tinyConfig({ architectures: ["BertModel"] });
  const heads = ["tone", "mood"].map((name, seed) =>
    randomHead("BertForSequenceClassification", encoder, name, seed + 1),
  );
  const folder = () =>
    new Map<string, Uint8Array>([
      ...checkpointFiles({ "config.json": encoder, "model.safetensors": randomTensors(shapesOf(encoder, true)) }),
      ...meanModules(encoder.hidden_size, 8),
      ...heads.map((head) => [headPath(head.spec.name), writeHeadFile(head)] as const),
    ]);
  const read = async (files: ReadonlyMap<string, Uint8Array>, options = {}) =>
    readCheckpoint(await openSource(new Map(files)), options);
  const names = async (options = {}) => (await read(folder(), options)).heads.map(({ spec }) => spec.name);

  test("is read with them, by name or as chosen, whichever class is named", async () => {
    expect(await names()).toEqual(["mood", "tone"]);
    expect(await names({ heads: ["tone"] })).toEqual(["tone"]);
    expect(await names({ architecture: "BertForSequenceClassification" })).toEqual(["mood", "tone"]);
    const { heads: found, embedding } = await read(folder());
    expect([...found[1]!.tensors]).toEqual([...heads[0]!.tensors]);
    expect(embedding?.spec).toEqual({ pooling: ["mean"], steps: [{ op: "normalize" }], prompts: [], maxLength: 8 });
  });

  test("names a head as its file is named", async () => {
    const files = folder().set("heads/other.safetensors", writeHeadFile(heads[0]!));
    expect((await read(files)).heads.map(({ spec }) => spec.name)).toEqual(["mood", "other", "tone"]);
  });

  test("is refused with a chosen head that is not there, and with a file that holds none", async () => {
    await expectError(() => names({ heads: ["topic"] }), "not_found", "heads/topic.safetensors");
    const files = folder().set("heads/odd.safetensors", writeSafetensors(tensors, {}));
    await expectError(() => read(files), "invalid_checkpoint", "no head file");
  });
});

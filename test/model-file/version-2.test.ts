// Packed files of version 2: read as if they had been packed today.
import { describe, expect, it } from "vitest";
import type { HeadOutput, HeadSpec } from "../../src/architectures/head-spec.ts";
import { addHead } from "../../src/model-file/edit-heads.ts";
import { packModel } from "../../src/model-file/pack.ts";
import { readPacked } from "../../src/model-file/packed.ts";
import { readSafetensors, writeSafetensors } from "../../src/safetensors.ts";
import { KernelSession } from "../../src/wasm/kernel/session.ts";
import { randomHead, tinyConfig, tinyInput } from "../builders.ts";
import { expectError } from "../expect-error.ts";
import { int32 } from "../goldens.ts";

const file = await packModel({ ...tinyInput(), quantization: "int8" });
const headerOf = async (file: Uint8Array) => (await readPacked(file, (h) => new Uint8Array(h.weightBytes))).header;

/** The file as version 2 was written. @param change of each head */
function asVersion2(change: (head: object) => object = (head) => head): Uint8Array {
  const { tensors, metadata } = readSafetensors(file);
  const { encoder: _encoder, sentence_embedding: _embedding, ...kept } = metadata;
  const heads = (JSON.parse(metadata.heads!) as HeadSpec[]).map(({ kind: _kind, ...head }) =>
    change({ ...head, outputs: head.outputs.map(oldOutput) }),
  );
  return writeSafetensors(tensors, { ...kept, version: "2", heads: JSON.stringify(heads) });
}

function oldOutput({ from, steps, ...output }: HeadOutput): object {
  if (from === "token") return { ...output, from: "last_hidden_state", steps };
  return { ...output, from: "pooler_output", steps: steps.slice(1) };
}

describe("a file of version 2", () => {
  it("says of itself what one of version 3 says", async () => {
    expect(await headerOf(asVersion2())).toEqual(await headerOf(file));
  });

  it("gives the same answers", async () => {
    const [old, today] = [await KernelSession.create(asVersion2()), await KernelSession.create(file)];
    const feeds = { input_ids: int32([[3, 1, 4, 1, 5]]) };
    expect(old.outputNames).toEqual(today.outputNames);
    expect(await old.run(feeds)).toEqual(await today.run(feeds));
  });

  it("becomes one of version 3 when a head is added", async () => {
    const head = randomHead("BertForMultipleChoice", tinyConfig(), "choice", 9);
    expect(await addHead(asVersion2(), head)).toEqual(await addHead(file, head));
  });

  it("is refused with a head of a class that has none", () =>
    expectError(
      () => headerOf(asVersion2((head) => ({ ...head, architecture: "BertModel" }))),
      "invalid_checkpoint",
      "heads: 0.kind",
    ));

  it("is refused with an output from elsewhere", () =>
    expectError(
      () => headerOf(asVersion2((head) => ({ ...head, outputs: [{ name: "x", from: "x", steps: [] }] }))),
      "invalid_checkpoint",
      "heads: 0.outputs.0.from",
    ));
});

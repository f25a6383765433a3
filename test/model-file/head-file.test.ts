// One head in a file of its own.
import { expect, test } from "vitest";
import { headSpec } from "../../src/architectures/architectures.ts";
import { BertConfig } from "../../src/architectures/config.ts";
import { readHeadFile, writeHeadFile } from "../../src/model-file/head-file.ts";
import { writeSafetensors } from "../../src/safetensors.ts";
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

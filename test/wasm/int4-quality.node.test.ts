// int4 on the real model, calibrated: as many sentences right as in f32, but for a point.
import { expect, test } from "vitest";
import { packCheckpoint } from "../../src/model-file/pack-checkpoint.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { openSource } from "../../src/source/source.ts";
import { calibrator } from "../../src/wasm/calibrator.ts";
import { readShared } from "../shared.ts";

// Of SST-2's dev set, in percent (bench/quality.ts).
const F32_ACCURACY = 88.76;

test("int4 keeps SST-2 accuracy within a point of f32", async ({ skip }) => {
  const data = await readShared("data/sst2_glue/glue_dev.tsv.gz");
  const paragraphs = await readShared("data/text_wiki_squad/wiki_paragraphs.txt.gz");
  if (!data || !paragraphs)
    return skip("../shared is not here: neither the f32 model nor SST-2 is part of the project");
  const texts = paragraphs.split("\n").filter((_, i) => i % 100 === 0);
  const rows = data
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));
  const file = await packCheckpoint(await openSource("../shared/models/minilm-l6-heads"), {
    quantization: "int4",
    heads: ["sentiment"],
    calibration: calibrator(texts.slice(0, 32)),
  });
  const model = await BertForSequenceClassification.fromPretrained(file);
  const answers = await model.classify(rows.map(([text]) => text!));
  const right = rows.filter(([, label], i) => (answers[i]![0]!.label === "POSITIVE") === (label === "1"));
  expect((100 * right.length) / rows.length).toBeGreaterThan(F32_ACCURACY - 1);
  await model.release();
}, 300_000);

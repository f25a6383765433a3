// int4 against f32 on the real model: the same sentences right, but for a point.
import { expect, test } from "vitest";
import { BertForSequenceClassification } from "../../src/heads/sequence-classification.ts";
import { readShared } from "../shared.ts";

test("int4 keeps SST-2 accuracy within a point of f32", async ({ skip }) => {
  const data = await readShared("data/sst2_glue/glue_dev.tsv.gz");
  if (!data) return skip("../shared is not here: neither the f32 model nor SST-2 is part of the project");
  const sample = data
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t"));
  const accuracy = async (quantization: "f32" | "int4") => {
    const model = await BertForSequenceClassification.fromPretrained("../shared/models/minilm-l6-heads", {
      head: "sentiment",
      quantization,
    });
    const answers = await model.classify(sample.map(([text]) => text!));
    const right = sample.filter(([, label], i) => (answers[i]![0]!.label === "POSITIVE") === (label === "1"));
    await model.release();
    return (100 * right.length) / sample.length;
  };
  const [exact, coarse] = [await accuracy("f32"), await accuracy("int4")];
  expect(exact).toBeGreaterThan(85);
  expect(coarse).toBeGreaterThan(exact - 1);
}, 300_000);

// int8 against f32 on the real model: the same labels, about the same scores.
import { expect, test } from "vitest";
import type { Label } from "../../src/heads/labels.ts";
import { BertForSequenceClassification } from "../../src/models/bert-for-sequence-classification.ts";
import { readFixture } from "../fixtures.ts";
import { readShared } from "../shared.ts";

test("int8 agrees with f32 on 872 sentences of SST-2", async ({ skip }) => {
  const data = await readShared("data/sst2_glue/glue_dev.tsv.gz");
  if (!data) return skip("../shared is not here: neither the f32 model nor SST-2 is part of the project");
  const texts = data
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split("\t")[0]!);
  const exact = await BertForSequenceClassification.fromPretrained("../shared/models/minilm-l6-heads", {
    head: "sentiment",
  });
  const quantised = await BertForSequenceClassification.fromPretrained(
    (await readFixture("models/minilm-l6-heads/model.safetensors"))!,
    { head: "sentiment" },
  );
  const [a, b] = [await answers(exact, texts), await answers(quantised, texts)];
  const same = texts.filter((_, row) => a[row]!.label === b[row]!.label).length;
  expect(same / texts.length).toBeGreaterThan(0.97);
  const differences = texts.map((_, row) => Math.abs(a[row]!.score - b[row]!.score));
  expect(differences.reduce((sum, value) => sum + value, 0) / texts.length).toBeLessThan(0.02);
}, 300_000);

/** The best label of each text with its probability by the logits alone: the packed head's temperature is left out. */
async function answers(model: BertForSequenceClassification, texts: readonly string[]): Promise<Label[]> {
  const logits = await model.classify(texts, { topK: null, functionToApply: "none" });
  return logits.map(([best, other]) => ({ ...best!, score: 1 / (1 + Math.exp(other!.score - best!.score)) }));
}

// The model classes against the reference: every checkpoint in f32, on both builds of the kernels.
import { describe, expect, test } from "vitest";
import { BertModel } from "../../src/heads/model.ts";
import { BertForSequenceClassification } from "../../src/heads/sequence-classification.ts";
import { difference, type GoldenCase, goldenFeeds, readGolden } from "../goldens.ts";

const CHECKPOINTS = [
  { folder: "bert-model", Model: BertModel },
  { folder: "bert-model-odd", Model: BertModel },
  { folder: "bert-model-no-pooler", Model: BertModel },
  { folder: "bert-model-gelu_new", Model: BertModel },
  { folder: "bert-model-relu", Model: BertModel },
  { folder: "bert-model-silu", Model: BertModel },
  { folder: "sequence-classification", Model: BertForSequenceClassification },
  { folder: "sequence-classification-odd", Model: BertForSequenceClassification },
  { folder: "sequence-classification-multilabel", Model: BertForSequenceClassification },
  { folder: "sequence-classification-regression", Model: BertForSequenceClassification },
] as const;

for (const build of ["relaxed", "baseline"] as const) {
  describe(`${build} build`, () => {
    test.each(CHECKPOINTS)("$folder gives the reference's numbers", async ({ folder, Model }) => {
      const { files, tolerance, cases } = await readGolden(`torch/${folder}`);
      const model = await Model.fromPretrained(files, { build });
      for (const golden of cases) {
        const outputs = await forward(model, golden);
        expect(Object.keys(outputs).sort(), golden.name).toEqual(Object.keys(golden.outputs).sort());
        for (const [name, expected] of Object.entries(golden.outputs)) {
          const tensors = [outputs[name]].flat();
          const layers = tensors.length > 1 ? (expected as readonly (readonly number[])[]) : [expected];
          expect(tensors.length).toBe(layers.length);
          for (const [layer, tensor] of tensors.entries()) {
            const error = difference(tensor, layers[layer]!, golden.inputs.attention_mask);
            expect(error, `${golden.name}: ${name} ${layer}`).toBeLessThan(tolerance);
          }
        }
      }
      await model.release();
    });
  });
}

type Outputs = Record<string, Parameters<typeof difference>[0] | readonly Parameters<typeof difference>[0][]>;

async function forward(model: BertModel | BertForSequenceClassification, golden: GoldenCase): Promise<Outputs> {
  const feeds = goldenFeeds(golden);
  const { input_ids, ...others } = feeds;
  const options = {
    outputHiddenStates: "hidden_states" in golden.outputs,
    outputAttentions: "attentions" in golden.outputs,
  };
  return { ...(await model.forward({ input_ids: input_ids!, ...others }, options)) };
}

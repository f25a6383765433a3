// BERT's two pretraining objectives at once: {inputs: {text, text_pair}, parameters} → {fills, next_sentence}.
import * as v from "valibot";
import { pretrainer } from "../heads/pretraining.ts";
import { findHead, runHead } from "../heads/run.ts";
import { named } from "../schemas.ts";
import { head, labelsSchema, top_k, truncation } from "./fields.ts";
import { fillSchema, targets } from "./fill-fields.ts";
import { likeInputs, listPairs, pairsSchema } from "./inputs.ts";
import { FILL_LIMITS } from "./limits.ts";
import { toOptions } from "./names.ts";
import { definePipelineTask } from "./task.ts";

const answerSchema = named(
  "Pretraining",
  v.object({ fills: v.array(v.array(fillSchema)), next_sentence: labelsSchema }),
);

/** The masked tokens of a pair, and whether its second text follows; a list of these for several pairs. */
export const pretraining = definePipelineTask({
  path: "/pretraining",
  pipeline: "pretraining",
  summary: "Predict masked tokens and whether the second text follows, in one run",
  description: "The masked tokens of a pair and whether its second text follows; a list of these for several pairs.",
  example: { inputs: { text: "He opened the [MASK].", text_pair: "Nobody was there." } },
  inputs: pairsSchema,
  parameters: { head, top_k: top_k(5), targets, truncation },
  answer: v.union([answerSchema, v.array(answerSchema)]),
  async run(model, inputs, { head, targets, ...parameters }) {
    const pairs = listPairs(inputs);
    const predictor = pretrainer(findHead(model, "pretraining", head));
    const options = { ...toOptions(parameters), targets, ...FILL_LIMITS };
    return likeInputs(inputs, await runHead(model, predictor, pairs, options));
  },
});

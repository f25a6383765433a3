// Next sentence prediction: {inputs: {text, text_pair}, parameters} → [{label: "IsNext" | "NotNext", score}].
import * as v from "valibot";
import { nextSentencePredictor } from "../heads/next-sentence.ts";
import { findHead, runHead } from "../heads/run.ts";
import { head, labelsSchema, top_k, truncation } from "./fields.ts";
import { likeInputs, listPairs, pairsSchema } from "./inputs.ts";
import { toOptions } from "./names.ts";
import { definePipelineTask } from "./task.ts";

/** A list of labels for one pair, a list of such lists for several. */
export const nextSentence = definePipelineTask({
  path: "/next-sentence",
  pipeline: "next-sentence-prediction",
  summary: "Tell whether the second text follows the first",
  description: "A list of labels (IsNext, NotNext) for one pair, a list of such lists for several.",
  example: { inputs: { text: "He opened the door.", text_pair: "Nobody was there." } },
  inputs: pairsSchema,
  parameters: { head, top_k: top_k(1), truncation },
  answer: v.union([labelsSchema, v.array(labelsSchema)]),
  async run(model, inputs, { head, ...parameters }) {
    const predictor = nextSentencePredictor(findHead(model, "next-sentence", head));
    return likeInputs(inputs, await runHead(model, predictor, listPairs(inputs), toOptions(parameters)));
  },
});

// Next sentence prediction at /next-sentence: {inputs: {text, text_pair}, parameters} → [{label: "IsNext" | "NotNext", score}].
import * as v from "valibot";
import { likeInputs, listPairs, pairsSchema } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { head, labelsSchema, top_k, truncation } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { BertForNextSentencePrediction } from "../src/models/bert-for-next-sentence-prediction.ts";
import { defaultModel } from "./default-model.ts";

/** One list for a pair, a list of such lists for several. */
export const nextSentence = task({
  path: "/next-sentence",
  task: "next-sentence-prediction",
  summary: "Say whether the second text follows the first",
  inputs: pairsSchema,
  parameters: { head, top_k: top_k(1), truncation },
  answer: v.union([labelsSchema, v.array(labelsSchema)]),
  async run(model, inputs, { head, top_k: topK, truncation }) {
    const options = { topK, truncation, maxTokens: LIMITS.batch_tokens };
    const judge = new BertForNextSentencePrediction(model, head);
    return likeInputs(inputs, await judge.predict(listPairs(inputs), options));
  },
});

export default serve(defaultModel, nextSentence);

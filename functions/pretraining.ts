// BERT's two training tasks at once at /pretraining: {inputs: {text, text_pair}, parameters} → {fills, next_sentence}.
import * as v from "valibot";
import { likeInputs, listPairs, pairsSchema } from "../src/http/body.ts";
import { checkFills } from "../src/http/fills.ts";
import { LIMITS } from "../src/http/limits.ts";
import { fillSchema, head, labelsSchema, targets, top_k, truncation } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { BertForPreTraining } from "../src/models/bert-for-pretraining.ts";
import { defaultModel } from "./default-model.ts";

const answerSchema = v.object({ fills: v.array(v.array(fillSchema)), next_sentence: labelsSchema });

/** What stands behind the masks of a pair, and whether its second text follows; a list of these for several pairs. */
export const pretraining = task({
  path: "/pretraining",
  task: "pretraining",
  summary: "Fill masks and judge whether the second text follows, in one run",
  inputs: pairsSchema,
  parameters: { head, top_k: top_k(5), targets, truncation },
  answer: v.union([answerSchema, v.array(answerSchema)]),
  async run(model, inputs, { head, top_k: topK, targets, truncation }) {
    const pairs = listPairs(inputs);
    const predictor = new BertForPreTraining(model, head);
    const options = { topK, truncation, maxTokens: LIMITS.batch_tokens };
    checkFills(model, pairs, options);
    const answers = await predictor.predict(pairs, { ...options, targets });
    return likeInputs(inputs, answers);
  },
});

export default serve(defaultModel, pretraining);

// Masked tokens at /fill-mask: {inputs: "… [MASK] …", parameters} → [{sequence, score, token, token_str}] per mask.
import * as v from "valibot";
import { likeInputs, listSingleTexts } from "../src/http/body.ts";
import { checkFills } from "../src/http/fills.ts";
import { LIMITS } from "../src/http/limits.ts";
import { fillSchema, head, targets, top_k, truncation } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { BertForMaskedLM } from "../src/models/bert-for-masked-lm.ts";
import { defaultModel } from "./default-model.ts";

const fillsSchema = v.union([v.array(fillSchema), v.array(v.array(fillSchema))]);

/** For a text with one mask a list of tokens, with several a list a mask; for several texts a list of these. */
export const fillMask = task({
  path: "/fill-mask",
  task: "fill-mask",
  summary: "Say what stands behind masks",
  inputs: v.union([v.string(), v.array(v.string())], "expected a text or an array of texts"),
  parameters: {
    head,
    top_k: top_k(5),
    targets,
    truncation,
  },
  answer: v.union([fillsSchema, v.array(fillsSchema)]),
  async run(model, inputs, { head, top_k: topK, targets, truncation }) {
    const texts = listSingleTexts(inputs);
    const filler = new BertForMaskedLM(model, head);
    const options = { topK, truncation, maxTokens: LIMITS.batch_tokens };
    checkFills(model, texts, options);
    const masks = await filler.fill(texts, { ...options, targets });
    return likeInputs(
      inputs,
      masks.map((fills) => (fills.length === 1 ? fills[0]! : fills)),
    );
  },
});

export default serve(defaultModel, fillMask);

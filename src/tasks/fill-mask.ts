// Masked tokens: {inputs: "… [MASK] …", parameters} → [{sequence, score, token, token_str}] per mask.
import * as v from "valibot";
import { maskFiller } from "../heads/fill-mask.ts";
import { findHead, runHead } from "../heads/run.ts";
import { head, top_k, truncation } from "./fields.ts";
import { fillSchema, targets } from "./fill-fields.ts";
import { likeInputs, listSingleTexts, textOrTextsSchema } from "./inputs.ts";
import { FILL_LIMITS } from "./limits.ts";
import { toOptions } from "./names.ts";
import { definePipelineTask } from "./task.ts";

const fillsSchema = v.union([v.array(fillSchema), v.array(v.array(fillSchema))]);

/** A list of tokens for a text with one mask, a list per mask for several; a list of these for several texts. */
export const fillMask = definePipelineTask({
  path: "/fill-mask",
  pipeline: "fill-mask",
  summary: "Predict masked tokens",
  description:
    "The likeliest tokens for the mask of a text, or such a list per mask if there are several; a list of these for several texts.",
  example: { inputs: "Paris is the [MASK] of France." },
  inputs: textOrTextsSchema,
  parameters: { head, top_k: top_k(5), targets, truncation },
  answer: v.union([fillsSchema, v.array(fillsSchema)]),
  async run(model, inputs, { head, targets, ...parameters }) {
    const texts = listSingleTexts(inputs);
    const filler = maskFiller(findHead(model, "masked-lm", head));
    const options = { ...toOptions(parameters), targets, ...FILL_LIMITS };
    const masks = await runHead(model, filler, texts, options);
    return likeInputs(
      inputs,
      masks.map((fills) => (fills.length === 1 ? fills[0]! : fills)),
    );
  },
});

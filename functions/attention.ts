// Attention at /attention: {inputs, parameters: {layer}} → the tokens of a text or pair, and for each attention head of that layer how much
// each token looks at each. These heads are the encoder's own; those with labels are in the other functions.
import * as v from "valibot";
import { listTexts, textPairSchema } from "../src/http/body.ts";
import { RequestError } from "../src/http/errors.ts";
import { LIMITS } from "../src/http/limits.ts";
import { natural } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { tokenizationOf } from "../src/models/loaded-model.ts";
import { defaultModel } from "./default-model.ts";

/** For one text, or one pair of texts, which is read as one. */
export const attention = task({
  path: "/attention",
  summary: "Say how much each token looks at each",
  inputs: v.union([v.string(), textPairSchema], "expected a text or {text, text_pair}"),
  parameters: {
    layer: v.optional(v.pipe(natural, v.description("Which layer, from 0; the last when left out."))),
  },
  answer: v.object({
    layer: v.number(),
    /** How many the model has. */
    layers: v.number(),
    tokens: v.array(v.string()),
    /** [head][query][key]; every row adds up to 1. */
    heads: v.array(v.array(v.array(v.number()))),
  }),
  async run(model, inputs, parameters) {
    const layers = model.config.num_hidden_layers;
    const { layer = layers - 1 } = parameters;
    if (layer >= layers) {
      const field = "parameters.layer";
      throw new RequestError("invalid_input", `${field}: the model has ${layers} layers, from 0`, { field });
    }
    const tokenization = tokenizationOf(model);
    const options = { truncation: false, maxTokens: LIMITS.attention_tokens };
    const { encoding, feeds } = tokenization.encode(listTexts(inputs), options);
    const ids = Array.from(encoding.input_ids);
    const name = `attentions.${layer}`;
    const { [name]: tensor } = await model.session.run(feeds, [name]);
    const tokens = tokenization.tokenizer.convertIdsToTokens(ids).map((token) => token ?? "");
    const rows = split(Array.from(tensor!.data as Float32Array), ids.length);
    return { layer, layers, tokens, heads: split(rows, ids.length) };
  },
});

function split<T>(values: readonly T[], width: number): T[][] {
  return Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));
}

export default serve(defaultModel, attention);

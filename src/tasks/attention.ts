// Attention: {inputs, parameters: {layer}} → the tokens of a text or pair and, per attention head of that layer, how much each token
// attends to each.
import * as v from "valibot";
import { BertletError } from "../errors.ts";
import { tokenizationOf } from "../heads/run.ts";
import { natural } from "./fields.ts";
import { listTexts, textPairSchema } from "./inputs.ts";
import { LIMITS } from "./limits.ts";
import { definePipelineTask } from "./task.ts";

/** For one text, or one pair of texts read together. */
export const attention = definePipelineTask({
  path: "/attention",
  summary: "Show how much each token attends to each",
  description: "The tokens of a text or pair and, per attention head of a layer, weights by query and key.",
  example: { inputs: "a text" },
  inputs: v.union([v.string(), textPairSchema], "expected a text or {text, text_pair}"),
  parameters: {
    layer: v.optional(v.pipe(natural, v.description("Which layer, from 0; the last when omitted."))),
  },
  answer: v.object({
    layer: v.number(),
    /** How many layers the model has. */
    layers: v.number(),
    tokens: v.array(v.string()),
    /** [head][query][key]; every row sums to 1. */
    heads: v.array(v.array(v.array(v.number()))),
  }),
  async run(model, inputs, parameters) {
    const layers = model.config.num_hidden_layers;
    const { layer = layers - 1 } = parameters;
    if (layer >= layers) {
      const field = "parameters.layer";
      throw new BertletError("invalid_input", `${field}: the model has ${layers} layers, from 0`, { field });
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

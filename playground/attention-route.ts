// Attention at /attention: {inputs, layer} → tokens, and for each head of that layer how much each token looks at each. Only the page in
// its browser mode serves it: the API has no such route.
import * as v from "valibot";
import { tokenizationOf } from "../src/heads/pretrained.ts";
import { encodeRows } from "../src/heads/text-rows.ts";
import { checkTexts } from "../src/http/body.ts";
import { RequestError } from "../src/http/errors.ts";
import { route } from "../src/http/route.ts";

// More cannot be told apart in a drawing.
const MOST_TOKENS = 64;

export const attention = route({
  path: "/attention",
  summary: "What each token looks at",
  fields: { inputs: v.string(), layer: v.pipe(v.number(), v.integer(), v.minValue(0)) },
  answer: v.object({
    layers: v.number(),
    tokens: v.array(v.string()),
    /** [head][query][key]; every row adds up to 1. */
    heads: v.array(v.array(v.array(v.number()))),
  }),
  async run(model, { inputs, layer }) {
    checkTexts([inputs]);
    const tokenization = tokenizationOf(model);
    const { encoding, feeds } = encodeRows(tokenization, [inputs], { truncation: false });
    const ids = Array.from(encoding.input_ids);
    if (ids.length > MOST_TOKENS)
      throw new RequestError("input_too_large", `the text has ${ids.length} tokens, ${MOST_TOKENS} can be drawn`);
    const name = `attentions.${layer}`;
    const { [name]: tensor } = await model.session.run(feeds, [name]);
    const [, A, S] = tensor!.dims as [number, number, number, number];
    const values = Array.from(tensor!.data as Float32Array);
    const rows = (head: number) => split(values.slice(head * S * S, (head + 1) * S * S), S);
    return {
      layers: model.config.num_hidden_layers,
      tokens: tokenization.tokenizer.convertIdsToTokens(ids).map((token) => token ?? ""),
      heads: Array.from({ length: A }, (_, head) => rows(head)),
    };
  },
});

function split(values: readonly number[], width: number): number[][] {
  return Array.from({ length: values.length / width }, (_, row) => values.slice(row * width, (row + 1) * width));
}

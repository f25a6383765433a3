// Token classification at /entities: {inputs, parameters} → [{entity_group, score, word, start, end}] per text.
import * as v from "valibot";
import { likeInputs, listSingleTexts } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { aggregation, head, natural, offset_unit, truncation } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { BertForTokenClassification } from "../src/models/bert-for-token-classification.ts";
import { defaultModel } from "./default-model.ts";

const place = { score: v.number(), word: v.string(), start: v.number(), end: v.number() };
const entitiesSchema = v.array(
  v.union([
    v.object({ entity_group: v.string(), ...place }),
    v.object({ entity: v.string(), index: v.number(), ...place }),
  ]),
);

/** Names, places, slots; one list for a single text, a list of such lists for several. */
export const entities = task({
  path: "/entities",
  task: "token-classification",
  summary: "Find entities in texts",
  inputs: v.union([v.string(), v.array(v.string())], "expected a text or an array of texts"),
  parameters: {
    head,
    aggregation_strategy: v.optional(
      v.pipe(aggregation, v.description("none gives every token by itself, the others whole entities.")),
      "simple",
    ),
    ignore_labels: v.optional(v.array(v.string()), ["O"]),
    stride: v.optional(
      v.pipe(
        natural,
        v.maxValue(LIMITS.stride_tokens),
        v.description("Read long texts to their end, in windows that share this many tokens."),
      ),
    ),
    offset_unit,
    truncation,
  },
  answer: v.union([entitiesSchema, v.array(entitiesSchema)]),
  async run(model, inputs, { head, ...parameters }) {
    const { aggregation_strategy: aggregationStrategy, ignore_labels: ignoreLabels, stride, truncation } = parameters;
    const options = { aggregationStrategy, ignoreLabels, stride, truncation, offsetUnit: parameters.offset_unit };
    const texts = listSingleTexts(inputs);
    const tagger = new BertForTokenClassification(model, head);
    return likeInputs(inputs, await tagger.entities(texts, { ...options, maxTokens: LIMITS.batch_tokens }));
  },
});

export default serve(defaultModel, entities);

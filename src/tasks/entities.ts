// Token classification: {inputs, parameters} → [{entity_group, score, word, start, end}] per text.
import * as v from "valibot";
import { findHead, runHead } from "../heads/run.ts";
import { tokenClassifier } from "../heads/token-classification.ts";
import { named } from "../schemas.ts";
import { head, natural, truncation } from "./fields.ts";
import { likeInputs, listSingleTexts, textOrTextsSchema } from "./inputs.ts";
import { LIMITS } from "./limits.ts";
import { toOptions } from "./names.ts";
import { aggregation, min_score, offset_unit } from "./span-fields.ts";
import { definePipelineTask } from "./task.ts";

const span = { score: v.number(), word: v.string(), start: v.number(), end: v.number() };
const entitiesSchema = v.array(
  v.union([
    named("EntityGroup", v.object({ entity_group: v.string(), ...span })),
    named("TokenEntity", v.object({ entity: v.string(), index: v.number(), ...span })),
  ]),
);

/** Names, places, slots: a list for a single text, a list of such lists for several. */
export const entities = definePipelineTask({
  path: "/entities",
  pipeline: "token-classification",
  summary: "Find entities in texts",
  description: "A list of entities for a single text, a list of such lists for several.",
  example: { inputs: "Ada Lovelace was born in London." },
  inputs: textOrTextsSchema,
  parameters: {
    head,
    aggregation_strategy: v.optional(
      v.pipe(
        aggregation,
        v.description("none returns every token, the others whole entities; the head's own by default."),
      ),
    ),
    ignore_labels: v.optional(v.pipe(v.array(v.string()), v.maxLength(LIMITS.labels)), ["O"]),
    min_score,
    word_form: v.optional(
      v.pipe(
        v.picklist(["text", "tokens"]),
        v.description("What an entity's word is: the text as written, or its tokens joined, as in the reference."),
      ),
      "text",
    ),
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
    const spec = findHead(model, "token-classification", head);
    // A head without a strategy of its own gives whole entities here, where its name promises them.
    const aggregationStrategy = parameters.aggregation_strategy ?? spec.default_aggregation ?? "simple";
    const options = { ...toOptions(parameters), aggregationStrategy };
    return likeInputs(inputs, await runHead(model, tokenClassifier(spec), listSingleTexts(inputs), options));
  },
});

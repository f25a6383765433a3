// Parameters that several tasks take, and schemas of answers that several return. Their descriptions appear in /openapi.json.
import * as v from "valibot";
import { named } from "../schemas.ts";
import { LIMITS } from "./limits.ts";

/** An integer of at least 1. */
export const count = v.pipe(v.number(), v.integer(), v.minValue(1));
/** An integer of at least 0. */
export const natural = v.pipe(v.number(), v.integer(), v.minValue(0));

/** How a token classifier's tokens become entities. */
export const aggregation = v.picklist(["none", "simple", "first", "average", "max"]);

export const min_score = v.optional(
  v.pipe(
    v.number(),
    v.minValue(0),
    v.maxValue(1),
    v.description("Entities below this score are left out; those below the head's own thresholds when omitted."),
  ),
);

export const head = v.optional(
  v.pipe(v.string(), v.description("Which head; the model's first of this kind when omitted.")),
);
export const truncation = v.optional(
  v.pipe(v.boolean(), v.description("Whether a text that is too long is truncated, or refused.")),
  true,
);
export const offset_unit = v.optional(
  v.pipe(
    v.picklist(["utf16", "codepoint"]),
    v.description(
      "What offsets count: UTF-16 units, so that text.slice(start, end) is right in JavaScript, or code points, as in Python.",
    ),
  ),
  "utf16",
);
export const targets = v.optional(
  v.pipe(
    v.union([v.string(), v.pipe(v.array(v.string()), v.maxLength(LIMITS.targets))]),
    v.description("The only tokens to choose from."),
  ),
);
export const top_k = (otherwise: number) =>
  v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LIMITS.top_k), v.description("How many, best first.")),
    otherwise,
  );

/** Truncation in the words of Text Embeddings Inference. `runTask` applies the direction. */
export const truncate = {
  truncate: v.optional(
    v.nullable(v.pipe(v.boolean(), v.description("Whether a text that is too long is truncated, or refused."))),
    true,
  ),
  truncation_direction: v.optional(
    v.nullable(
      v.pipe(
        v.picklist(["left", "right", "Left", "Right"]),
        v.description("The end that is truncated; the tokenizer's own when omitted."),
        v.transform((direction) => (/^l/i.test(direction) ? "left" : "right")),
      ),
    ),
  ),
};
export const prompt_name = v.optional(
  v.nullable(
    v.pipe(
      v.string(),
      v.description("The name of a prompt of the model, which is put before each text; its default when omitted."),
    ),
  ),
);

/** Token ids. */
export const ids = v.array(natural);

const label = { label: v.string(), score: v.number() };
const abstained = v.pipe(
  v.array(v.object(label)),
  v.description("What the head would have answered, had it not abstained."),
);
export const labelSchema = named("Label", v.object({ ...label, abstained: v.optional(abstained) }));
export const labelsSchema = v.array(labelSchema);
export const fillSchema = named(
  "Fill",
  v.object({ score: v.number(), token: natural, token_str: v.string(), sequence: v.string() }),
);

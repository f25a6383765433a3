// Parameters of the tasks of Text Embeddings Inference.
import * as v from "valibot";

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

// Which end of a text that is too long is cut, as clients of Text Embeddings Inference may say with each request.
import type { Pretrained } from "../heads/pretrained.ts";

export type TruncationDirection = "left" | "right";

/** The same model, which cuts texts at this end; at the one of its own tokenizer where none is named. */
export function cutting(model: Pretrained, direction: TruncationDirection | null | undefined): Pretrained {
  const { tokenizer } = model;
  if (!tokenizer || !direction || direction === tokenizer.options.truncationSide) return model;
  const options = { ...tokenizer.options, truncationSide: direction };
  // A view of the tokenizer: its tables are large, and none of them depends on the side.
  return { ...model, tokenizer: Object.create(tokenizer, { options: { value: options } }) };
}

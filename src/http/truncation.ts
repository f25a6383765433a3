// Which end of a text that is too long is cut, as clients of Text Embeddings Inference may say with each request.
import type { Pretrained } from "../heads/pretrained.ts";

export type TruncationDirection = "left" | "right";

/** The same model, which cuts texts at this end; at the one of its own tokenizer where none is named. */
export function cutting(model: Pretrained, direction: TruncationDirection | null | undefined): Pretrained {
  const tokenizer = direction ? model.tokenizer?.withTruncationSide(direction) : model.tokenizer;
  return tokenizer === model.tokenizer ? model : { ...model, tokenizer };
}

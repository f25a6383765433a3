// Which end of a text that is too long is cut, as clients of Text Embeddings Inference may say with each request.
import type { LoadedModel } from "../models/loaded-model.ts";

export type TruncationDirection = "left" | "right";

/** The same model, which cuts texts at this end; at the one of its own tokenizer where none is named. */
export function cutting(model: LoadedModel, direction: TruncationDirection | null | undefined): LoadedModel {
  return direction ? { ...model, tokenization: model.tokenization?.with({ truncationSide: direction }) } : model;
}

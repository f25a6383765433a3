// What a request may cost. The limits in tokens are set for a model of the default's size; a larger model accepts fewer tokens, so that a
// request takes about the same time.
import type { BertConfig } from "../architectures/config.ts";
import { LIMITS } from "./limits.ts";

type Size = Pick<BertConfig, "hidden_size" | "intermediate_size" | "num_hidden_layers" | "max_position_embeddings">;

/** Multiply-accumulate operations of the encoder per token of a row of the greatest length. */
export function operationsPerToken({
  hidden_size: H,
  intermediate_size: F,
  num_hidden_layers: layers,
  max_position_embeddings: S,
}: Size): number {
  return layers * (4 * H * H + 2 * H * F + 2 * S * H);
}

const DEFAULT_SIZE: Size = {
  hidden_size: 384,
  intermediate_size: 1536,
  num_hidden_layers: 6,
  max_position_embeddings: 512,
};

export type TokenLimits = Readonly<Record<"batch_tokens" | "sliced_tokens" | "slice_tokens", number>>;

/**
 * The limits in tokens for a model of this size; at least one row of the greatest length.
 * @example
 * tokenLimits(model.config).batch_tokens; // 16384 for the default model, 2252 for bert-base
 */
export function tokenLimits(size: Size): TokenLimits {
  const share = Math.min(1, operationsPerToken(DEFAULT_SIZE) / operationsPerToken(size));
  const scaled = (tokens: number) => Math.max(Math.floor(tokens * share), size.max_position_embeddings);
  return {
    batch_tokens: scaled(LIMITS.batch_tokens),
    sliced_tokens: scaled(LIMITS.sliced_tokens),
    slice_tokens: scaled(LIMITS.slice_tokens),
  };
}

// What a request costs, counted where the session runs, so that no head has to report it.
import type { InferenceSession } from "../wasm/session.ts";

export interface Usage {
  /** Tokens the model read, special tokens included. */
  tokens: number;
  /** Texts, or pairs, that were truncated. */
  truncated: number;
  /** Characters of the texts that were tokenised. */
  characters: number;
  /** Milliseconds in the tokenizer. */
  tokenization_ms: number;
  /** Milliseconds in the session. */
  session_ms: number;
  /** Milliseconds in which the request waited for its turn. */
  queue_ms: number;
  /** The heads that ran; "embedding" for the encoder's own outputs. */
  readonly heads: Set<string>;
  /** Whether the answer is a fallback, which must not be cached. */
  isProvisional?: boolean;
  /** Memory of the session that answered. */
  memory?: InferenceSession["memory"];
}

export function newUsage(): Usage {
  return { tokens: 0, truncated: 0, characters: 0, tokenization_ms: 0, session_ms: 0, queue_ms: 0, heads: new Set() };
}

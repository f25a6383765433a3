// Every limit of a request, in one table. It appears in /info; whoever goes over one is told which.

export const LIMITS = {
  /** Bytes of a request's body. */
  body_bytes: 1_048_576,
  /** Texts (or pairs) in a request. */
  texts: 128,
  /** UTF-16 units in a text. */
  text_characters: 65_536,
  /** Tokens of all texts of a request, after truncation. */
  batch_tokens: 16_384,
  /** Answers kept in an isolate, in UTF-16 units of their JSON. */
  cached_characters: 2_097_152,
  /** Seconds that an answer may be served from the platform's cache. */
  cache_seconds: 86_400,
} as const;

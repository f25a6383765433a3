// The limits of a request, in one table. /info lists them, and an error names the limit that a request exceeds.

export const LIMITS = {
  /** Requests that an isolate works on at once: what waits beyond that would only wait, and hold its body in memory. */
  requests_in_flight: 64,
  /** Seconds that a request waits for those before it. */
  waiting_seconds: 10,
  /** Bytes of a request's body. */
  body_bytes: 1_048_576,
  /** Seconds in which a request's body must arrive. */
  body_seconds: 10,
  /** Bytes of all bodies that an isolate holds at once. Parsed, they take some ten times as much memory. */
  bytes_in_flight: 4_194_304,
  /** Texts (or pairs) in a request. */
  texts: 128,
  /** Texts in a request for vectors, which is processed in slices. The same limit as OpenAI's, because clients batch up to it. */
  embedding_texts: 2_048,
  /** Texts to rerank in a request, which is processed in slices. */
  rerank_texts: 1_000,
  /**
   * Tokens that the model may read for a request that is processed in slices, after truncation: about half a minute of the default model.
   * This limit, `slice_tokens` and `batch_tokens` are lower for a larger model (src/tasks/cost.ts); /info lists the model's.
   */
  sliced_tokens: 98_304,
  /** Tokens of a slice: after each, other requests get their turn. */
  slice_tokens: 4_096,
  /** UTF-16 units in a text. */
  text_characters: 65_536,
  /** Tokens of all texts of a request, after truncation. */
  batch_tokens: 16_384,
  /** Characters of a GET's query, as they are in the address. */
  query_characters: 4_096,
  /** Masks in a request: each has a score for every token of the vocabulary. */
  masks: 128,
  /** Tokens to which a request may restrict the predictions for a mask. */
  targets: 1_024,
  /** Tokens of all filled texts in an answer: each token predicted for a mask comes with the whole text. */
  filled_tokens: 1_048_576,
  /** Questions about a state. */
  questions: 400,
  /** Options of a question. */
  question_options: 255,
  /** Levels of a question on a scale. */
  question_levels: 10,
  /** Labels that a request may name. */
  labels: 1_024,
  /** Heads that are taught. */
  taught_heads: 100,
  /** Examples of a taught head. */
  examples: 10_000,
  /** UTF-16 units in the text of an example. */
  example_characters: 4_096,
  /** UTF-16 units in a label of a taught head. */
  label_characters: 200,
  /** Versions of a taught head that are kept. */
  head_versions: 20,
  /** Requests that a taught head keeps for its review, the newest. */
  kept_requests: 1_000,
  /** Entries in a page of a list. */
  page_entries: 100,
  /** Answers a text, where a head can give many. */
  top_k: 100,
  /** Tokens in an answer to a question. */
  answer_tokens: 512,
  /** Tokens that windows over a long text share. */
  stride_tokens: 128,
  /** Tokens generated for a text. */
  new_tokens: 256,
  /** Beams side by side in generation. */
  beams: 8,
  /** Tokens of a text whose attention is asked for: each looks at each. */
  attention_tokens: 128,
  /** Numbers in an answer of vectors. */
  answer_numbers: 1_048_576,
  /** Characters of all large answers that are being sent. */
  sent_characters: 67_108_864,
  /** Answers kept in an isolate, in UTF-16 units of their JSON. */
  cached_characters: 2_097_152,
  /** Seconds that an answer may be served from the platform's cache. */
  cache_seconds: 86_400,
} as const;

/** The limits of the heads that fill masks. */
export const FILL_LIMITS = { maxMasks: LIMITS.masks, maxFilledTokens: LIMITS.filled_tokens } as const;

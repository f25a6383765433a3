// The one error that every layer throws on bad input or a bad file. It carries what kind of failure it is, and no HTTP:
// src/http/errors.ts maps each kind to a status.

/** What went wrong, in the caller's terms. */
export type ErrorType =
  | "invalid_config"
  | "invalid_checkpoint"
  | "invalid_input"
  | "empty_input"
  | "input_too_large"
  | "not_found"
  | "unsupported"
  | "out_of_memory";

/**
 * A failure with a kind and a message that is safe to show to whoever sent the input.
 *
 * @example
 * throw new BertletError("invalid_config", "hidden_size 100 is not divisible by num_attention_heads 12");
 */
export class BertletError extends Error {
  override readonly name = "BertletError";
  readonly type: ErrorType;

  constructor(type: ErrorType, message: string, options?: ErrorOptions) {
    super(message, options);
    this.type = type;
  }
}

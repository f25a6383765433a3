// The one error that every layer throws for bad input or a bad file. It says what kind of failure it is; src/http/errors.ts maps kinds to statuses.

/** What went wrong, in the caller's terms. */
export type ErrorType =
  | "invalid_config"
  | "invalid_checkpoint"
  | "invalid_input"
  | "empty_input"
  | "input_too_large"
  | "not_found"
  /** What is there already stands against it. */
  | "conflict"
  | "unsupported"
  | "out_of_memory"
  /** The caller's key does not allow it. */
  | "forbidden"
  /** Nobody waits for the answer any more. */
  | "cancelled"
  /** Too much other work is waiting. */
  | "overloaded"
  /** A network or a store failed; trying again may help. */
  | "unavailable";

export interface ErrorDetails extends ErrorOptions {
  /** Path of the input field that is wrong. */
  readonly field?: string | null;
  /** Seconds after which trying again may help. */
  readonly retryAfter?: number | undefined;
}

/**
 * A failure with a kind and a message that is safe to show to whoever sent the input.
 *
 * @example
 * throw new BertletError("invalid_config", "hidden_size 100 is not divisible by num_attention_heads 12");
 */
export class BertletError<Type extends string = ErrorType> extends Error {
  // `declare`: a field that is only declared is code, and every Worker carries it.
  override readonly name: string = "BertletError";
  declare readonly type: Type;
  declare readonly field: string | null;
  declare readonly retryAfter: number | undefined;

  constructor(type: Type, message: string, { field = null, retryAfter, ...options }: ErrorDetails = {}) {
    super(message, options);
    this.type = type;
    this.field = field;
    this.retryAfter = retryAfter;
  }
}

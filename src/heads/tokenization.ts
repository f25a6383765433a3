// How texts become rows of tokens that a model takes: its tokenizer, the limit of a row and the budget of a request. Heads tokenise
// through it and nothing else.
import { BertletError } from "../errors.ts";
import { checkOptions, count, natural, type OptionTable, oneOf } from "../options.ts";
import type {
  RaggedEncoding,
  RaggedOffsets,
  SequenceRow,
  Sequences,
  TextInput,
  Tokenizer,
  TruncationOptions,
} from "../tokenizer/tokenizer.ts";
import { raggedFeeds, type TextRow, type TextRows } from "./text-rows.ts";

/** How texts become rows of tokens. */
export interface TextOptions {
  /** Whether texts that are too long are cut (the default), and which text of a pair; or refused. */
  readonly truncation?: TruncationOptions["truncation"];
  /** The most tokens in a row; the model's own maximum when left out. */
  readonly maxLength?: number | undefined;
  /** The most tokens that the texts of this call may have together; no limit when left out. */
  readonly maxTokens?: number | undefined;
}

export const TEXT_OPTIONS: OptionTable<TextOptions> = {
  truncation: oneOf(true, false, "longest_first", "only_first", "only_second", "do_not_truncate"),
  maxLength: count,
  maxTokens: natural,
};

/** The options of a head that say how texts are read. */
export function pickTextOptions({ truncation, maxLength, maxTokens }: TextOptions): TextOptions {
  return { truncation, maxLength, maxTokens };
}

export interface RowOptions extends TextOptions {
  /** Continue a text that does not fit into one row in further rows, which share this many tokens with the row before. */
  readonly stride?: number | undefined;
}

const ROW_OPTIONS: OptionTable<RowOptions> = { ...TEXT_OPTIONS, stride: natural };

export interface TokenizationOptions {
  readonly tokenizer: Tokenizer;
  /** The most tokens in a row, special tokens included. */
  readonly maxLength: number;
  /** The most tokens in all calls of `encode` together; no limit when left out. */
  readonly maxTokens?: number | undefined;
  /** The end that texts are cut at; the tokenizer's own when left out. */
  readonly truncationSide?: "left" | "right" | undefined;
  /** Called with the number of texts that were truncated. */
  readonly onTruncation?: ((texts: number) => void) | undefined;
  /** Called after each call of `encode` with its texts and the time it took. */
  readonly meter?: Meter | undefined;
}

type Meter = (texts: readonly TextInput[], milliseconds: number) => void;

/**
 * A tokenizer with limits. One with a token budget (`maxTokens`) counts what it has encoded and belongs to a single request.
 *
 * @example
 * const tokenization = new Tokenization({ tokenizer, maxLength: 512, maxTokens: 16_384 });
 * const { feeds, rows } = tokenization.encode(["a text", ["a text", "and its pair"]]);
 * const { pooler_output } = await session.run(feeds, ["pooler_output"]); // [2, H]
 */
export class Tokenization {
  // `declare`: a field that is only declared is code, and every Worker carries it.
  declare readonly tokenizer: Tokenizer;
  declare readonly maxLength: number;
  declare readonly maxTokens: number;
  declare readonly truncationSide: "left" | "right";
  declare readonly onTruncation: ((texts: number) => void) | undefined;
  declare readonly meter: Meter | undefined;
  #tokens = 0;

  constructor({ tokenizer, maxLength, maxTokens, truncationSide, onTruncation, meter }: TokenizationOptions) {
    this.tokenizer = tokenizer;
    this.maxLength = maxLength;
    this.maxTokens = maxTokens ?? Number.POSITIVE_INFINITY;
    this.truncationSide = truncationSide ?? tokenizer.options.truncationSide;
    this.onTruncation = onTruncation;
    this.meter = meter;
  }

  /** The same tokenizer and limits with some of them replaced, and a fresh budget. */
  with(options: Partial<TokenizationOptions>): Tokenization {
    return new Tokenization({ ...this, ...options });
  }

  /**
   * Tokenizes texts to ragged rows: no padding is ever computed.
   * @throws BertletError `input_too_large` for a text that is too long and must not be cut, or for too many tokens in all;
   * `invalid_input` for a stride that leaves no room
   */
  encode<Input extends TextInput>(texts: readonly Input[], options: RowOptions = {}): TextRows<Input> {
    const limits = this.#limits(options);
    const start = performance.now();
    const encoding = this.tokenizer.encodeBatch(texts, limits);
    this.meter?.(texts, performance.now() - start);
    return this.#rows(texts, encoding, limits.maxLength);
  }

  /**
   * Makes rows of texts that the tokenizer has split before, row n for input n.
   * @throws BertletError as {@link encode}
   */
  assemble<Input>(
    inputs: readonly Input[],
    sequences: Sequences,
    rows: readonly SequenceRow[],
    options: RowOptions = {},
  ): TextRows<Input> {
    const limits = this.#limits(options);
    return this.#rows(inputs, this.tokenizer.assemble(sequences, rows, limits), limits.maxLength);
  }

  #limits(options: RowOptions) {
    checkOptions(options, ROW_OPTIONS);
    const { truncation = true, maxTokens = Number.POSITIVE_INFINITY, stride } = options;
    const isCallTighter = maxTokens <= this.maxTokens - this.#tokens;
    return {
      truncation,
      maxLength: Math.min(options.maxLength ?? this.maxLength, this.maxLength),
      truncationSide: this.truncationSide,
      ...(isCallTighter ? { maxTokens } : { maxTokens: this.maxTokens, spentTokens: this.#tokens }),
      ...(stride !== undefined && { stride, returnOverflowingTokens: true }),
      returnOffsetsMapping: true,
    } as const;
  }

  #rows<Input>(inputs: readonly Input[], encoding: RaggedOffsets, maxLength: number): TextRows<Input> {
    checkRows(encoding, maxLength);
    this.#tokens += encoding.input_ids.length;
    if (encoding.truncated.length > 0) this.onTruncation?.(encoding.truncated.length);
    return { inputs, tokenizer: this.tokenizer, encoding, feeds: raggedFeeds(encoding), rows: rowsOf(encoding) };
  }
}

function checkRows({ row_starts, overflow_to_sample_mapping: texts }: RaggedEncoding, maxLength: number): void {
  for (const [row, text] of texts.entries()) {
    const length = row_starts[row + 1]! - row_starts[row]!;
    if (length > maxLength) throw tooLarge(`text ${text} has ${length} tokens, the model takes ${maxLength}`);
  }
}

/** The rows of each text. */
function rowsOf({ row_starts, overflow_to_sample_mapping: texts }: RaggedEncoding): TextRow[][] {
  const rows: TextRow[][] = [];
  for (const [index, text] of texts.entries()) {
    rows[text] ??= [];
    rows[text].push({ index, from: row_starts[index]!, to: row_starts[index + 1]! });
  }
  return rows;
}

function tooLarge(message: string): BertletError {
  return new BertletError("input_too_large", message);
}

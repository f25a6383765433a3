// What both tokenizers share: ids and tokens, rows with special tokens, truncation, windows, padding, decoding.
// How a text becomes tokens is the subclasses': bert-tokenizer.ts and bert-tokenizer-fast.ts.
import { BertletError } from "../errors.ts";
import type { AddedToken } from "./added-tokens.ts";
import { cleanUpTokenization } from "./decode.ts";
import {
  type AddedTokenInit,
  normalizerOptions,
  type ResolvedTokenizerOptions,
  resolveTokenizerOptions,
  type TokenizerOptions,
} from "./options.ts";
import { RaggedBuilder, type RaggedEncoding, type RaggedOffsets } from "./ragged.ts";
import { END, RECORD, START, TokenBuffer } from "./token-buffer.ts";
import type { Row, Side, TruncationPlan, TruncationStrategy } from "./truncation.ts";
import { type NormalizerTable, normalizerTable } from "./unicode.ts";
import { type PreparedVocabulary, Vocabulary } from "./vocabulary.ts";
import { WordPiece } from "./wordpiece.ts";

/** A text, or two for one row. */
export type TextInput = string | readonly [first: string, second: string];

export interface TruncationOptions {
  /** `true` is "longest_first". By default "longest_first" where `maxLength` is given, else "do_not_truncate". */
  truncation?: boolean | TruncationStrategy | undefined;
  /** The most tokens in a row, special ones included. By default the model's own maximum, where truncation is asked for. */
  maxLength?: number | undefined;
  /** Tokens that neighbouring windows share; 0 by default. */
  stride?: number | undefined;
  /** Also make rows of what truncation cut off. */
  returnOverflowingTokens?: boolean | undefined;
  /** Put [CLS] and [SEP] around; `true` by default. */
  addSpecialTokens?: boolean | undefined;
  /** The side to cut from; by default the tokenizer's. */
  truncationSide?: Side | undefined;
  /** What offsets count: UTF-16 units (the default), so that `text.slice(start, end)` is right, or code points. */
  offsetUnit?: "utf16" | "codepoint" | undefined;
}

export interface EncodeOptions extends TruncationOptions {
  /** `true` is "longest": to the longest row. "max_length": to `maxLength`. None by default. */
  padding?: boolean | "longest" | "max_length" | "do_not_pad" | undefined;
  padToMultipleOf?: number | undefined;
  /** The side to pad at; by default the tokenizer's. */
  paddingSide?: Side | undefined;
}

export interface DecodeOptions {
  /** Leave special tokens out; `false` by default. */
  skipSpecialTokens?: boolean | undefined;
  /** Close up punctuation and contractions; by default the tokenizer's. */
  cleanUpTokenizationSpaces?: boolean | undefined;
}

/** One row of L tokens. */
export interface RowEncoding {
  input_ids: number[];
  token_type_ids: number[];
  /** 0 where padded. */
  attention_mask: number[];
  /** 1 for special tokens and padding. */
  special_tokens_mask: number[];
  tokens: string[];
  /** 0 or 1: which text; null for special tokens and padding. */
  sequence_ids: (number | null)[];
}

/** Many rows: each field of a row, row by row. */
export type BatchOf<R extends RowEncoding> = { [field in keyof R]: R[field][] } & {
  /** The input each row came from: windows of one text share it. */
  overflow_to_sample_mapping: number[];
};

const NO_LIMIT = Number.POSITIVE_INFINITY;

export abstract class TokenizerBase<R extends RowEncoding> {
  /** The options in force: plain JSON, to make the same tokenizer again together with `prepared`. */
  readonly options: ResolvedTokenizerOptions;
  /** The vocabulary's table, as given. */
  readonly prepared: PreparedVocabulary;
  readonly vocabulary: Vocabulary;
  readonly unkTokenId: number;
  readonly sepTokenId: number;
  readonly padTokenId: number;
  readonly clsTokenId: number;
  readonly maskTokenId: number | undefined;
  /** Tokens known beside the vocabulary's pieces, special ones first. */
  readonly addedTokens: readonly AddedToken[];
  protected readonly table: NormalizerTable;
  protected readonly wordPiece: WordPiece;
  private readonly addedByContent: ReadonlyMap<string, AddedToken>;
  private readonly addedById: ReadonlyMap<number, AddedToken>;
  private readonly first = new TokenBuffer();
  private readonly second = new TokenBuffer();
  private readonly builder: RaggedBuilder;

  /** @throws BertletError `invalid_config` for a bad option, `invalid_checkpoint` for a vocabulary without a special token */
  constructor(prepared: PreparedVocabulary, options: TokenizerOptions = {}, table?: NormalizerTable) {
    this.options = resolveTokenizerOptions(options);
    this.prepared = prepared;
    this.vocabulary = new Vocabulary(prepared);
    const { unkToken, sepToken, padToken, clsToken, maskToken, addedTokens } = this.options;
    const specials = [unkToken, sepToken, padToken, clsToken, maskToken].map((content) => ({ content, special: true }));
    this.addedTokens = this.withIds(addedTokens, specials);
    this.addedByContent = new Map(this.addedTokens.map((token) => [token.content, token]));
    this.addedById = new Map(this.addedTokens.map((token) => [token.id, token]));
    this.unkTokenId = this.required(unkToken);
    this.sepTokenId = this.required(sepToken);
    this.padTokenId = this.required(padToken);
    this.clsTokenId = this.required(clsToken);
    this.maskTokenId = this.tokenId(maskToken);
    this.table = table ?? normalizerTable(normalizerOptions(this.options));
    this.wordPiece = new WordPiece(this.vocabulary, this.table, {
      unkId: this.unkTokenId,
      maxInputCharsPerWord: this.options.maxInputCharsPerWord,
      continuingSubwordPrefix: this.options.continuingSubwordPrefix,
    });
    this.builder = new RaggedBuilder(this.clsTokenId, this.sepTokenId);
  }

  /** A text's tokens, without special tokens around it. */
  abstract tokenize(text: string): string[];

  /** Adds a text's tokens to `out`; it may stop at `limit`. */
  protected abstract scan(text: string, out: TokenBuffer, limit: number): void;

  /** The rows that truncation makes of texts of `a` and `b` tokens; `b` is -1 for a single text. */
  protected abstract rows(a: number, b: number, plan: TruncationPlan): Row[];

  /** The token type of the second text. */
  protected secondType(_addSpecialTokens: boolean): number {
    return 1;
  }

  /** A row as plain arrays. */
  protected abstract rowEncoding(ragged: RaggedOffsets, row: number): R;

  protected rowRange({ row_starts }: RaggedEncoding, row: number): [from: number, to: number] {
    const from = row_starts[row] ?? 0;
    return [from, row_starts[row + 1] ?? from];
  }

  /** What a row holds in either tokenizer. */
  protected commonFields(ragged: RaggedOffsets, row: number): RowEncoding {
    const [from, to] = this.rowRange(ragged, row);
    const ids = ragged.input_ids.subarray(from, to);
    const sequences = Array.from(ragged.sequence_ids.subarray(from, to));
    return {
      input_ids: Array.from(ids),
      token_type_ids: Array.from(ragged.token_type_ids.subarray(from, to)),
      attention_mask: sequences.map(() => 1),
      special_tokens_mask: sequences.map((sequence) => (sequence < 0 ? 1 : 0)),
      tokens: this.names(ids),
      sequence_ids: sequences.map((sequence) => (sequence < 0 ? null : sequence)),
    };
  }

  /** The tokens of ids that came out of the vocabulary, so that every one has a token. */
  protected names(ids: Iterable<number>): string[] {
    return this.convertIdsToTokens(ids).map((token) => token ?? "");
  }

  /** Fills `count` more tokens in at one end of a row. */
  protected padRow(row: R, count: number, side: Side): void {
    const pad = <T>(column: T[], value: T): void => {
      const values = new Array<T>(count).fill(value);
      if (side === "right") column.push(...values);
      else column.unshift(...values);
    };
    pad(row.input_ids, this.padTokenId);
    pad(row.token_type_ids, 0);
    pad(row.attention_mask, 0);
    pad(row.special_tokens_mask, 1);
    pad(row.tokens, this.options.padToken);
    pad(row.sequence_ids, null);
  }

  /** The number of ids in the vocabulary, added tokens beyond it included. */
  get size(): number {
    return this.addedTokens.reduce((size, token) => Math.max(size, token.id + 1), this.vocabulary.size);
  }

  /** The most tokens the model takes; Infinity where nothing says. */
  get modelMaxLength(): number {
    return this.options.modelMaxLength ?? NO_LIMIT;
  }

  /** The id of a token; the unknown token's where there is none. */
  convertTokenToId(token: string): number {
    return this.tokenId(token) ?? this.unkTokenId;
  }

  convertTokensToIds(tokens: readonly string[]): number[] {
    return tokens.map((token) => this.convertTokenToId(token));
  }

  /** Tokens by id; undefined for an id that has none. */
  convertIdsToTokens(ids: Iterable<number>): (string | undefined)[] {
    return Array.from(ids, (id) => this.addedById.get(id)?.content ?? this.vocabulary.token(id));
  }

  isSpecial(id: number): boolean {
    return this.addedById.get(id)?.special ?? false;
  }

  /**
   * The ids of a text or of two, ready for a model.
   *
   * @throws BertletError as {@link batchEncodePlus}
   */
  encode(input: TextInput, options: EncodeOptions = {}): number[] {
    return this.encodePlus(input, options).input_ids;
  }

  /**
   * Everything about one text or two: the truncated row, and with `returnOverflowingTokens` the windows over the rest in `overflowing`.
   *
   * @throws BertletError as {@link batchEncodePlus}
   */
  encodePlus(input: TextInput, options: EncodeOptions = {}): R & { overflowing: R[] } {
    const [row, ...overflowing] = this.paddedRows([input], options).rows;
    return { ...row!, overflowing };
  }

  /**
   * Everything about many texts, row by row, padded as asked for.
   *
   * @throws BertletError `invalid_input` for lengths, strides or padding that cannot be met
   */
  batchEncodePlus(inputs: readonly TextInput[], options: EncodeOptions = {}): BatchOf<R> {
    const { rows, samples } = this.paddedRows(inputs, options);
    const fields = Object.keys(rows[0] ?? this.emptyRow()) as (keyof R)[];
    const columns = Object.fromEntries(fields.map((field) => [field, rows.map((row) => row[field])]));
    return { ...columns, overflow_to_sample_mapping: samples } as BatchOf<R>;
  }

  /** Ids back to text. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const { skipSpecialTokens = false, cleanUpTokenizationSpaces = this.options.cleanUpTokenizationSpaces } = options;
    const kept = Array.from(ids).filter((id) => !(skipSpecialTokens && this.isSpecial(id)));
    const text = this.join(kept);
    return cleanUpTokenizationSpaces ? cleanUpTokenization(text) : text;
  }

  batchDecode(rows: Iterable<Iterable<number>>, options: DecodeOptions = {}): string[] {
    return Array.from(rows, (ids) => this.decode(ids, options));
  }

  protected abstract join(ids: readonly number[]): string;

  protected tokenId(token: string): number | undefined {
    return this.addedByContent.get(token)?.id ?? this.vocabulary.id(token);
  }

  /** The ragged rows of many inputs: one pass over each text, and one copy of its ids into place. */
  protected ragged(inputs: readonly TextInput[], options: EncodeOptions, withOffsets: boolean): RaggedBuilder {
    const { first, second, builder } = this;
    const { addSpecialTokens = true, returnOverflowingTokens = false, stride = 0, offsetUnit = "utf16" } = options;
    const { truncationSide: side = this.options.truncationSide } = options;
    const strategy = truncationStrategy(options);
    const maxLength = strategy === "do_not_truncate" ? NO_LIMIT : (options.maxLength ?? this.modelMaxLength);
    if (Number.isNaN(maxLength) || maxLength < 0)
      throw new BertletError("invalid_input", `maxLength ${maxLength} is not a length`);
    if (!Number.isInteger(stride) || stride < 0)
      throw new BertletError("invalid_input", `stride ${stride} is not a length`);
    // With [CLS] and [SEP] counted in either case, as in the reference.
    if (stride > Math.max(maxLength - 2, 0)) {
      throw new BertletError("invalid_input", `stride ${stride} is more than a row of ${maxLength} tokens holds`);
    }

    builder.clear(withOffsets, this.secondType(addSpecialTokens));
    for (const [sample, input] of inputs.entries()) {
      const isPair = typeof input !== "string";
      const specials = addSpecialTokens ? (isPair ? 3 : 2) : 0;
      const budget = maxLength - specials;
      if (budget < 0)
        throw new BertletError("invalid_input", `maxLength ${maxLength} leaves no room for ${specials} special tokens`);
      // What is cut off from one text's right end need not be scanned.
      const canStop = !isPair && !returnOverflowingTokens && side === "right" && strategy === "longest_first";
      this.read(isPair ? input[0] : input, first, canStop ? budget + 1 : NO_LIMIT, offsetUnit);
      if (isPair) this.read(input[1], second, NO_LIMIT, offsetUnit);
      const a = first.length;
      const b = isPair ? second.length : -1;
      const pair = isPair ? second : undefined;
      if (a + Math.max(b, 0) <= budget)
        builder.row(sample, first, pair, { aFrom: 0, aTo: a, bFrom: 0, bTo: b }, addSpecialTokens);
      else {
        const rows = this.rows(a, b, { budget, strategy, stride, side });
        for (const row of returnOverflowingTokens ? rows : rows.slice(0, 1))
          builder.row(sample, first, pair, row, addSpecialTokens);
      }
    }
    return builder;
  }

  private read(text: string, out: TokenBuffer, limit: number, unit: "utf16" | "codepoint"): void {
    out.clear();
    this.scan(text, out, limit);
    if (unit === "codepoint") toCodePoints(text, out);
  }

  private paddedRows(inputs: readonly TextInput[], options: EncodeOptions): { rows: R[]; samples: number[] } {
    const target = this.paddingTarget(options);
    const ragged = this.ragged(inputs, options, true).finishWithOffsets();
    const samples = [...ragged.overflow_to_sample_mapping];
    const rows = samples.map((_, row) => this.rowEncoding(ragged, row));
    if (target !== undefined) {
      const longest =
        target === "longest" ? rows.reduce((most, row) => Math.max(most, row.input_ids.length), 0) : target;
      const multiple = options.padToMultipleOf ?? 1;
      const length = Math.ceil(longest / multiple) * multiple;
      for (const row of rows) {
        const missing = length - row.input_ids.length;
        if (missing > 0) this.padRow(row, missing, options.paddingSide ?? this.options.paddingSide);
      }
    }
    return { rows, samples };
  }

  /** To what length rows are padded, or undefined for not at all. */
  private paddingTarget(options: EncodeOptions): number | "longest" | undefined {
    const { padding = false, padToMultipleOf: multiple } = options;
    if (padding === false || padding === "do_not_pad") return undefined;
    if (multiple !== undefined && !(Number.isInteger(multiple) && multiple > 0)) {
      throw new BertletError("invalid_input", `padToMultipleOf ${multiple} is not a positive integer`);
    }
    const length = options.maxLength ?? this.modelMaxLength;
    if (
      multiple !== undefined &&
      truncationStrategy(options) !== "do_not_truncate" &&
      Number.isFinite(length) &&
      length % multiple !== 0
    ) {
      throw new BertletError("invalid_input", `maxLength ${length} is not a multiple of padToMultipleOf ${multiple}`);
    }
    if (padding !== "max_length") return "longest";
    if (!Number.isFinite(length)) throw new BertletError("invalid_input", 'padding "max_length" needs a maxLength');
    return length;
  }

  private emptyRow(): R {
    return this.rowEncoding(this.builder.finishWithOffsets(), 0);
  }

  /** Fills in what an added token leaves out; the tokens BERT itself needs are special unless said otherwise. */
  private withIds(tokens: ResolvedTokenizerOptions["addedTokens"], specials: AddedTokenInit[]): AddedToken[] {
    const byContent = new Map<string, AddedToken>();
    let next = tokens.reduce((most, { id = -1 }) => Math.max(most, id + 1), this.vocabulary.size);
    for (const token of [...specials, ...tokens]) {
      const { content, special = false } = token;
      const id = token.id ?? this.vocabulary.id(content) ?? byContent.get(content)?.id;
      // A vocabulary without [MASK] still tokenises; one without the others is refused below.
      if (id === undefined && specials.includes(token)) continue;
      byContent.set(content, {
        id: id ?? next++,
        content,
        special: special || (byContent.get(content)?.special ?? false),
        singleWord: token.singleWord ?? false,
        lstrip: token.lstrip ?? false,
        rstrip: token.rstrip ?? false,
        normalized: token.normalized ?? !special,
      });
    }
    return [...byContent.values()];
  }

  private required(token: string): number {
    const id = this.tokenId(token);
    if (id === undefined) throw new BertletError("invalid_checkpoint", `the vocabulary has no ${token}`);
    return id;
  }
}

/** What the options mean: a `maxLength` alone truncates, unless it is what to pad to. */
export function truncationStrategy({ truncation, maxLength, padding }: EncodeOptions): TruncationStrategy {
  if (truncation === true) return "longest_first";
  if (truncation === false) return "do_not_truncate";
  if (truncation !== undefined) return truncation;
  const isPadding = padding !== undefined && padding !== false && padding !== "do_not_pad";
  return maxLength !== undefined && !isPadding ? "longest_first" : "do_not_truncate";
}

/** Turns offsets from UTF-16 units into code points, in place: tokens come in order, so one walk over the text does. */
function toCodePoints(text: string, { records, length }: TokenBuffer): void {
  let unit = 0;
  let point = 0;
  const advance = (to: number): number => {
    // The next token may start inside the last one's character, where one character became several.
    while (unit > to) if (!isTrail(text, --unit)) point--;
    while (unit < to) if (!isTrail(text, unit++)) point++;
    return point;
  };
  for (let at = 0; at < length * RECORD; at += RECORD) {
    records[at + START] = advance(records[at + START]!);
    records[at + END] = advance(records[at + END]!);
  }
}

/** Whether the unit is the second of a surrogate pair. */
function isTrail(text: string, at: number): boolean {
  return at > 0 && (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}

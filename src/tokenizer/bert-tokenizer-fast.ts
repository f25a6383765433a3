// BertTokenizerFast: the reference's fast tokenizer, with offsets and word numbers, and the ragged batches that sessions run on.
// The scanning itself is wordpiece.ts; this class cuts added tokens out and puts the rows together.
import type { ModelSourceLike } from "../source/source.ts";
import { type AddedToken, splitAtTokens, TokenMatcher } from "./added-tokens.ts";
import { joinWordPieces } from "./decode.ts";
import { readTokenizerFiles, readTokenizerJson, readVocabulary } from "./files.ts";
import { normalizeText } from "./normalized-text.ts";
import type { TokenizerOptions } from "./options.ts";
import type { RaggedEncoding, RaggedOffsets } from "./ragged.ts";
import { TokenBuffer } from "./token-buffer.ts";
import {
  type EncodeOptions,
  type RowEncoding,
  type TextInput,
  TokenizerBase,
  type TruncationOptions,
} from "./tokenizer-base.ts";
import { type Row, type Side, type TruncationPlan, truncatedRows } from "./truncation.ts";
import type { NormalizerTable } from "./unicode.ts";
import { type PreparedVocabulary, prepareVocabulary } from "./vocabulary.ts";

/** One row of L tokens, with where each came from. */
export interface Encoding extends RowEncoding {
  /** Start and end in the token's text; [0, 0] for special tokens and padding. */
  offset_mapping: [start: number, end: number][];
  /** The number of the token's word in its text, or null. */
  word_ids: (number | null)[];
}

/**
 * BERT's fast tokenizer. Lone surrogates in a text count as U+FFFD, as a conversion to UTF-8 would make them (and U+FFFD is then cleaned away).
 *
 * @example
 * const tokenizer = new BertTokenizerFast(prepareVocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "world", "##s"]));
 * tokenizer.encodeBatch(["Hello worlds", "hello"], { maxLength: 16 }).input_ids; // Int32Array [2, 4, 5, 6, 3, 2, 4, 3]
 * tokenizer.encodePlus("Hello worlds").offset_mapping; // [[0, 0], [0, 5], [6, 11], [11, 12], [0, 0]]
 */
export class BertTokenizerFast extends TokenizerBase<Encoding> {
  private readonly asWritten: TokenMatcher;
  private readonly asNormalized: TokenMatcher;

  /** @param table the Unicode table for these options, where a packed model brings it */
  constructor(prepared: PreparedVocabulary, options: TokenizerOptions = {}, table?: NormalizerTable) {
    super(prepared, options, table);
    const written = this.addedTokens.filter((token) => !token.normalized);
    this.asWritten = new TokenMatcher(written.map((token) => ({ text: token.content, token })));
    const folded = this.addedTokens.filter((token) => token.normalized);
    this.asNormalized = new TokenMatcher(
      folded.map((token) => ({ text: normalizeText(token.content, this.table).text, token })),
    );
  }

  /**
   * From a folder or files with tokenizer.json, or vocab.txt, and what else a Hub repository has. `options` win over the files.
   *
   * @throws BertletError `not_found` without a vocabulary, `invalid_checkpoint` or `unsupported` for a file that is not a BERT tokenizer's
   */
  static async fromPretrained(source: ModelSourceLike, options: TokenizerOptions = {}): Promise<BertTokenizerFast> {
    const files = await readTokenizerFiles(source);
    return new BertTokenizerFast(prepareVocabulary(files.tokens), { ...files.options, ...options });
  }

  /** From the text of a vocab.txt: one token a line. */
  static fromVocabulary(vocab: string, options: TokenizerOptions = {}): BertTokenizerFast {
    return new BertTokenizerFast(prepareVocabulary(readVocabulary(vocab)), options);
  }

  /** From the value in a tokenizer.json. */
  static fromTokenizerJson(json: unknown, options: TokenizerOptions = {}): BertTokenizerFast {
    const file = readTokenizerJson(json);
    return new BertTokenizerFast(prepareVocabulary(file.tokens), { ...file.options, ...options });
  }

  /** The same tokenizer, truncating texts on `side`; this one if it does so already. The tables are shared. */
  withTruncationSide(side: Side): BertTokenizerFast {
    if (side === this.options.truncationSide) return this;
    return new BertTokenizerFast(this.prepared, { ...this.options, truncationSide: side }, this.table);
  }

  /**
   * Rows of ids for the engine, without padding and without strings in between. With `returnOffsetsMapping`, also where each token came from.
   *
   * @throws BertletError `invalid_input` for lengths or strides that cannot be met
   * @example
   * const { input_ids, row_starts } = tokenizer.encodeBatch(["one text", ["a question", "a passage"]], { maxLength: 128 });
   */
  encodeBatch(inputs: readonly TextInput[], options: TruncationOptions & { returnOffsetsMapping: true }): RaggedOffsets;
  encodeBatch(inputs: readonly TextInput[], options?: TruncationOptions): RaggedEncoding;
  encodeBatch(
    inputs: readonly TextInput[],
    options: TruncationOptions & { returnOffsetsMapping?: boolean } = {},
  ): RaggedEncoding {
    const withOffsets = options.returnOffsetsMapping ?? false;
    const builder = this.ragged(inputs, options, withOffsets);
    return withOffsets ? builder.finishWithOffsets() : builder.finish();
  }

  /** As in the reference, an empty second text is here no second text; in a batch it is one. */
  override encodePlus(input: TextInput, options: EncodeOptions = {}): Encoding & { overflowing: Encoding[] } {
    return super.encodePlus(typeof input !== "string" && input[1] === "" ? input[0] : input, options);
  }

  override tokenize(text: string): string[] {
    const out = new TokenBuffer();
    this.scan(text, out, Number.POSITIVE_INFINITY);
    return this.names(out.ids());
  }

  protected override scan(text: string, out: TokenBuffer, limit: number): void {
    const { asWritten, asNormalized } = this;
    if (asNormalized.isEmpty && !asWritten.find(text, 0)) {
      this.wordPiece.scan(text, 0, text.length, out, limit);
      return;
    }
    const piece = (from: number, to: number): void => {
      if (out.length < limit) this.wordPiece.scan(text, from, to, out, limit);
    };
    const push = (token: AddedToken, from: number, to: number): void => {
      out.push(token.id, from, to);
      out.wordCount++;
    };
    splitAtTokens(
      text,
      asWritten,
      (from, to) => (asNormalized.isEmpty ? piece(from, to) : this.splitNormalized(text, from, to, piece, push)),
      push,
    );
  }

  /** Looks for tokens in text[from, to) as normalised, and hands on ranges of the text as written. */
  private splitNormalized(
    text: string,
    from: number,
    to: number,
    piece: (from: number, to: number) => void,
    push: (token: AddedToken, from: number, to: number) => void,
  ): void {
    const { text: folded, starts, ends } = normalizeText(text.slice(from, to), this.table);
    splitAtTokens(
      folded,
      this.asNormalized,
      (first, last) => piece(from + starts[first]!, from + ends[last - 1]!),
      (token, first, last) => push(token, from + starts[first]!, from + ends[last - 1]!),
    );
  }

  protected override rows(a: number, b: number, plan: TruncationPlan): Row[] {
    return truncatedRows(a, b, plan);
  }

  protected override rowEncoding(ragged: RaggedOffsets, row: number): Encoding {
    const [from, to] = this.rowRange(ragged, row);
    const offset = (i: number): [number, number] => [ragged.offset_mapping[2 * i]!, ragged.offset_mapping[2 * i + 1]!];
    return {
      ...this.commonFields(ragged, row),
      offset_mapping: Array.from({ length: to - from }, (_, i) => offset(from + i)),
      word_ids: Array.from(ragged.word_ids.subarray(from, to), (word) => (word < 0 ? null : word)),
    };
  }

  protected override padRow(row: Encoding, count: number, side: Side): void {
    super.padRow(row, count, side);
    const offsets = Array.from({ length: count }, (): [number, number] => [0, 0]);
    const words = new Array<null>(count).fill(null);
    row.offset_mapping = side === "right" ? [...row.offset_mapping, ...offsets] : [...offsets, ...row.offset_mapping];
    row.word_ids = side === "right" ? [...row.word_ids, ...words] : [...words, ...row.word_ids];
  }

  protected override join(ids: readonly number[]): string {
    const tokens = this.convertIdsToTokens(ids).filter((token) => token !== undefined);
    return joinWordPieces(tokens, this.options.continuingSubwordPrefix, this.options.decoderCleanup);
  }
}

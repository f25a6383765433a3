// A tokenizer put together from parts: a scanner, a template of special tokens, a decoder and the conventions of the reference's class.
import { BertletError } from "../errors.ts";
import { anyNumber, checkOptions, flag, natural, oneOf } from "../options.ts";
import { saveFiles } from "../source/save.ts";
import { type NewSpecialTokens, type NewToken, renamed, withTokens } from "./add-tokens.ts";
import { type AddedToken, AddedTokens } from "./added-tokens.ts";
import { assembleRows } from "./assemble.ts";
import { type OffsetUnit, offsetMapper } from "./code-points.ts";
import type { Conventions } from "./conventions.ts";
import { cleanUpTokenization, type Decoder, joinTokens } from "./decoders.ts";
import {
  ASSEMBLE_OPTIONS,
  type AssembleOptions,
  type AssemblyPlan,
  BATCH_OPTIONS,
  DECODE_OPTIONS,
  type DecodeOptions,
  ENCODE_OPTIONS,
  type EncodeOptions,
  PADDING_OPTIONS,
  type PaddingOptions,
  planAssembly,
  SPLIT_OPTIONS,
  type SplitOptions,
  type TruncationOptions,
} from "./encode-options.ts";
import { type Encoding, padRow, type RowEncoding } from "./encoding.ts";
import { bareRow, buildRow, type PreparedRow, type TruncatedIds, truncateIds } from "./id-rows.ts";
import { type SharedOptions, templateOptions } from "./options.ts";
import {
  isBatch,
  isRows,
  type PaddableBatch,
  type PaddableRow,
  type PadOptions,
  padBatch,
  toColumns,
} from "./pad-columns.ts";
import { paddedLength } from "./padding.ts";
import { RaggedBuilder, type RaggedEncoding, type RaggedOffsets } from "./ragged.ts";
import type { Scanner, ScannerContext } from "./scanners/scanner.ts";
import type { SequenceRow, Sequences } from "./sequences.ts";
import { compileTemplate, type Template, withoutTypes } from "./template.ts";
import {
  checkText,
  checkWords,
  type PairInput,
  type SplitInput,
  type TextInput,
  toPair,
  type WordsInput,
} from "./text-input.ts";
import { TokenBuffer } from "./token-buffer.ts";
import { type Side, TRUNCATION_STRATEGIES, type TruncationStrategy } from "./truncation.ts";
import type { PreparedVocabulary, TokenTable } from "./vocabulary.ts";

const ADD_OPTIONS = { specialTokens: flag };
const TRUNCATE_OPTIONS = {
  numTokensToRemove: anyNumber,
  truncation: oneOf(...TRUNCATION_STRATEGIES),
  stride: natural,
};
const PREPARE_OPTIONS = {
  truncation: ENCODE_OPTIONS.truncation,
  maxLength: ENCODE_OPTIONS.maxLength,
  addSpecialTokens: flag,
  ...PADDING_OPTIONS,
};

/** What a tokenizer is put together from. */
export interface TokenizerParts<R extends RowEncoding, O extends SharedOptions> {
  readonly vocabulary: TokenTable;
  readonly options: O;
  /** Checks options that were changed. */
  readonly resolve: (options: unknown) => O;
  /** Makes the scanner; called again when tokens are added. */
  makeScanner(options: O, context: ScannerContext): Scanner;
  readonly decoder: Decoder;
  readonly conventions: Conventions<R, O>;
  /** Undefined for a tokenizer that cannot be written: a packed model's, in a Worker that only answers. */
  readonly write?: WriteFiles<O> | undefined;
  /** Tables beside the vocabulary, for the writer. */
  readonly tables?: unknown;
}

/** The tokenizer's files by name. */
export type WriteFiles<O> = { bivariant(tokenizer: WrittenTokenizer<O>): Map<string, Uint8Array> }["bivariant"];

/** What is written of a tokenizer. */
export interface WrittenTokenizer<O> {
  readonly options: O;
  /** The parts' own. */
  readonly tables: unknown;
  readonly vocabulary: TokenTable;
  readonly addedTokens: readonly AddedToken[];
  idOf(token: string): number;
}

/** Many rows: each field of a row, row by row. */
export type BatchOf<R extends RowEncoding> = {
  [field in keyof R as R[field] extends readonly unknown[] ? field : never]: R[field][];
} & {
  /** The input each row came from: windows of one text share it. */
  overflow_to_sample_mapping: number[];
  /** The rows themselves; not enumerable. */
  readonly encodings: readonly R[];
};

/** The ids that a model needs. */
interface SpecialIds {
  readonly unk: number;
  readonly sep: number;
  readonly pad: number;
  readonly cls: number;
  readonly mask: number | undefined;
}

export class Tokenizer<R extends RowEncoding = Encoding, O extends SharedOptions = SharedOptions> {
  readonly #parts: TokenizerParts<R, O>;
  readonly #conventions: Conventions<R, O>;
  readonly #vocabulary: TokenTable;
  readonly #buffer = new TokenBuffer();
  #starts = new Int32Array(64);
  readonly #builder = new RaggedBuilder();
  #options!: O;
  #added!: AddedTokens;
  #ids!: SpecialIds;
  #scanner!: Scanner;
  #template!: Template;

  /** @throws BertletError `invalid_config` for an option that cannot be, `invalid_checkpoint` for a vocabulary without a special token */
  constructor(parts: TokenizerParts<R, O>) {
    this.#parts = parts;
    this.#conventions = parts.conventions;
    this.#vocabulary = parts.vocabulary;
    this.#configure(parts.options);
  }

  /** The options in force: plain JSON that makes the same tokenizer again, together with {@link prepared}. */
  get options(): O {
    return this.#options;
  }

  /** The vocabulary's table, as given. */
  get prepared(): PreparedVocabulary {
    return this.#vocabulary.prepared;
  }

  get vocabulary(): TokenTable {
    return this.#vocabulary;
  }

  /** The added tokens, those that the model needs first. */
  get addedTokens(): readonly AddedToken[] {
    return this.#added.tokens;
  }

  get unkTokenId(): number {
    return this.#ids.unk;
  }

  get sepTokenId(): number {
    return this.#ids.sep;
  }

  get padTokenId(): number {
    return this.#ids.pad;
  }

  get clsTokenId(): number {
    return this.#ids.cls;
  }

  get maskTokenId(): number | undefined {
    return this.#ids.mask;
  }

  /** The number of ids: the highest one plus 1, added tokens included. What an embedding table needs rows for. */
  get size(): number {
    return this.#added.tokens.reduce((size, token) => Math.max(size, token.id + 1), this.#vocabulary.size);
  }

  /** The number of distinct tokens in the vocabulary, added tokens not counted. */
  get vocabSize(): number {
    return this.#vocabulary.count;
  }

  /** The number of distinct tokens, added tokens included: Python's `len(tokenizer)`. */
  get length(): number {
    return (
      this.vocabSize + this.#added.tokens.filter(({ content }) => this.#vocabulary.id(content) === undefined).length
    );
  }

  /** Every token with its id, added tokens included. */
  getVocab(): Map<string, number> {
    const vocab = new Map<string, number>();
    for (let id = 0; id < this.#vocabulary.size; id++) {
      const token = this.#vocabulary.token(id);
      if (token !== undefined) vocab.set(token, id);
    }
    for (const { content, id } of this.#added.tokens) vocab.set(content, id);
    return vocab;
  }

  /** The added tokens with their ids, in order of id. */
  getAddedVocab(): Map<string, number> {
    const sorted = this.#added.tokens.toSorted((a, b) => a.id - b.id);
    return new Map(sorted.map(({ content, id }) => [content, id]));
  }

  /** The special tokens: those that the model needs, then any others. */
  get allSpecialTokens(): string[] {
    return this.#added.tokens.filter(({ special }) => special).map(({ content }) => content);
  }

  get allSpecialIds(): number[] {
    return this.#added.tokens.filter(({ special }) => special).map(({ id }) => id);
  }

  /**
   * Adds tokens, which are then found in texts before anything else. A model needs rows for {@link size} ids.
   *
   * @returns how many are new: those that were not added just so before (BertTokenizer: those that had no id)
   * @throws BertletError `invalid_config` for a token that cannot be
   * @example
   * tokenizer.addTokens(["covid", { content: "<ent>", normalized: false }]); // 2
   */
  addTokens(tokens: readonly NewToken[], options: { readonly specialTokens?: boolean } = {}): number {
    checkOptions(options, ADD_OPTIONS);
    return this.#add(this.#options, tokens, options.specialTokens ?? false);
  }

  /**
   * Names the tokens that a model needs, and adds special tokens.
   *
   * @returns and throws as {@link addTokens}
   * @example
   * tokenizer.addSpecialTokens({ padToken: "<pad>", additionalSpecialTokens: ["<ent>"] });
   */
  addSpecialTokens(tokens: NewSpecialTokens): number {
    const named = renamed(this.#options, tokens);
    return this.#add(named.options, named.tokens, true);
  }

  #add(options: O, tokens: readonly NewToken[], special: boolean): number {
    const state = { options, added: this.#added, vocabulary: this.#vocabulary };
    const addition = withTokens(state, tokens, special, this.#conventions.countsNewIds);
    this.#configure(this.#parts.resolve(addition.options));
    return addition.count;
  }

  /** The most tokens that the model takes; Infinity if the files do not say. */
  get modelMaxLength(): number {
    return this.#options.modelMaxLength ?? Number.POSITIVE_INFINITY;
  }

  /** The same tokenizer, truncating on `side`; this one if it does already. The tables are shared. */
  withTruncationSide(side: Side): Tokenizer<R, O> {
    if (side === this.#options.truncationSide) return this;
    return new Tokenizer({
      ...this.#parts,
      options: this.#parts.resolve({ ...this.#options, truncationSide: side }),
    });
  }

  /** How many special tokens are added to a text, or to a pair. */
  numSpecialTokensToAdd(isPair = false): number {
    return isPair ? this.#template.addedToPair : this.#template.addedToSingle;
  }

  /** The tokens of a text, without special tokens. */
  tokenize(text: string): string[] {
    return this.#scanner.tokenize?.(text) ?? this.#names(this.split([text]).input_ids);
  }

  /**
   * Cuts each text into tokens, without special tokens and without truncation: the first half of {@link encodeBatch}.
   *
   * @throws BertletError `invalid_input` for an unknown option, or a text that is not one
   * @example
   * const sequences = tokenizer.split(["Where does she live?", "She lives in Berlin."]);
   * tokenizer.assemble(sequences, [{ first: 0, second: 1 }], { truncation: "only_second", maxLength: 384 });
   */
  split(texts: readonly SplitInput[], options: SplitOptions = {}): Sequences {
    checkOptions(options, SPLIT_OPTIONS);
    const { input_ids, offset_mapping, word_ids, row_starts } = this.#scan(texts, options);
    const length = row_starts[texts.length]!;
    return {
      input_ids: input_ids.slice(0, length),
      offset_mapping: offset_mapping.slice(0, 2 * length),
      word_ids: word_ids.slice(0, length),
      row_starts: row_starts.slice(0, texts.length + 1),
    };
  }

  /**
   * Makes rows of texts that were {@link split}: special tokens, pairs, truncation, windows. A text may be in any number of rows.
   * `overflow_to_sample_mapping` holds indices of `rows`.
   *
   * @throws BertletError `input_too_large` as soon as the rows have more than `maxTokens` tokens together, `invalid_input` for an unknown
   * option, a text that is not there, or lengths and strides that cannot be met
   */
  assemble(
    sequences: Sequences,
    rows: readonly SequenceRow[],
    options: AssembleOptions & { returnOffsetsMapping: true },
  ): RaggedOffsets;
  assemble(sequences: Sequences, rows: readonly SequenceRow[], options?: AssembleOptions): RaggedEncoding;
  assemble(sequences: Sequences, rows: readonly SequenceRow[], options: AssembleOptions = {}): RaggedEncoding {
    checkOptions(options, ASSEMBLE_OPTIONS);
    return this.#assemble(sequences, rows, this.#plan(options), options.returnOffsetsMapping ?? false);
  }

  /**
   * Rows of ids for a session, without padding and without strings in between: {@link split} and {@link assemble} in one. With
   * `returnOffsetsMapping`, also where each token came from.
   *
   * @throws BertletError as {@link split} and {@link assemble}
   */
  encodeBatch(inputs: readonly PairInput[], options: TruncationOptions & { returnOffsetsMapping: true }): RaggedOffsets;
  encodeBatch(inputs: readonly PairInput[], options?: TruncationOptions): RaggedEncoding;
  encodeBatch(inputs: readonly PairInput[], options: TruncationOptions = {}): RaggedEncoding {
    checkOptions(options, BATCH_OPTIONS);
    return this.#encode(inputs, options, options.returnOffsetsMapping ?? false);
  }

  /**
   * The ids of a text or a pair, ready for a model.
   *
   * @throws BertletError as {@link batchEncodePlus}
   */
  encode(input: TextInput, options?: EncodeOptions): number[];
  encode(input: WordsInput, options: EncodeOptions & { isSplitIntoWords: true }): number[];
  encode(input: PairInput, options: EncodeOptions = {}): number[] {
    return this.#encodePlus(input, options).input_ids;
  }

  /**
   * Everything about one text or pair: the truncated row, and with `returnOverflowingTokens` the windows over the rest in `overflowing`.
   *
   * @throws BertletError as {@link batchEncodePlus}
   */
  encodePlus(input: TextInput, options?: EncodeOptions): R & { overflowing: R[] };
  encodePlus(input: WordsInput, options: EncodeOptions & { isSplitIntoWords: true }): R & { overflowing: R[] };
  encodePlus(input: PairInput, options: EncodeOptions = {}): R & { overflowing: R[] } {
    return this.#encodePlus(input, options);
  }

  /**
   * Everything about many texts or pairs, row by row, padded as asked for. With `isSplitIntoWords` each text is a list of words.
   *
   * @throws BertletError `invalid_input` for an unknown option, or lengths, strides or padding that cannot be met
   */
  batchEncodePlus(inputs: readonly TextInput[], options?: EncodeOptions): BatchOf<R>;
  batchEncodePlus(inputs: readonly WordsInput[], options: EncodeOptions & { isSplitIntoWords: true }): BatchOf<R>;
  batchEncodePlus(inputs: readonly PairInput[], options: EncodeOptions = {}): BatchOf<R> {
    const { rows, samples } = this.#paddedRows(inputs, options);
    const fields = Object.keys(rows[0] ?? this.#emptyRow()) as (keyof R)[];
    const columns = Object.fromEntries(fields.map((field) => [field, rows.map((row) => row[field])]));
    const batch = { ...columns, overflow_to_sample_mapping: samples };
    return Object.defineProperty(batch, "encodings", { value: rows }) as BatchOf<R>;
  }

  /**
   * Pads rows that were encoded before to equal length, as the reference's collators do. Rows come as a list, or as columns. Columns of
   * tokens are padded and an attention mask is added; other columns, such as labels, stay as they are.
   *
   * @throws BertletError `invalid_input` for an unknown option, or rows with different columns
   * @example
   * tokenizer.pad([{ input_ids: [2, 5, 3] }, { input_ids: [2, 3] }]).attention_mask; // [[1, 1, 1], [1, 1, 0]]
   */
  pad(batch: readonly PaddableRow[] | PaddableBatch, options?: PadOptions): PaddableBatch;
  pad(row: PaddableRow, options?: PadOptions): PaddableRow;
  pad(
    input: readonly PaddableRow[] | PaddableBatch | PaddableRow,
    options: PadOptions = {},
  ): PaddableBatch | PaddableRow {
    const { modelMaxLength } = this;
    const { padToken: token, paddingSide: side } = this.#options;
    const defaults = { id: this.#ids.pad, token, side, modelMaxLength };
    if (isRows(input)) return padBatch(toColumns(input), options, defaults);
    if (isBatch(input)) return padBatch(input, options, defaults);
    // Columns that are not lists of tokens keep their value.
    const batch = padBatch(toColumns([input]), options, defaults);
    return Object.fromEntries(
      Object.entries(batch).map(([name, rows]) => [name, (rows as unknown[])[0]]),
    ) as PaddableRow;
  }

  /** The ids with special tokens around them. */
  buildInputsWithSpecialTokens(ids: readonly number[], pairIds?: readonly number[]): number[] {
    return buildRow(this.#template, ids, pairIds).ids;
  }

  /** The token types of {@link buildInputsWithSpecialTokens}'s row. */
  createTokenTypeIdsFromSequences(ids: readonly number[], pairIds?: readonly number[]): number[] {
    return buildRow(this.#template, ids, pairIds).types;
  }

  /** 1 for each special token in {@link buildInputsWithSpecialTokens}'s row, else 0. */
  getSpecialTokensMask(ids: readonly number[], pairIds?: readonly number[]): number[] {
    return buildRow(this.#template, ids, pairIds).special;
  }

  /**
   * Removes tokens from ids, by the rules of the reference's `truncate_sequences`.
   *
   * @throws BertletError `invalid_input` for an unknown option
   */
  truncateSequences(
    ids: readonly number[],
    pairIds: readonly number[] | undefined,
    options: { readonly numTokensToRemove: number; readonly truncation?: TruncationStrategy; readonly stride?: number },
  ): TruncatedIds {
    checkOptions(options, TRUNCATE_OPTIONS);
    const { numTokensToRemove, truncation: strategy = "longest_first", stride = 0 } = options;
    return truncateIds(ids, pairIds, numTokensToRemove, { strategy, stride, side: this.#options.truncationSide });
  }

  /**
   * A row of ids made ready for a model: truncated, with special tokens, padded.
   *
   * @throws BertletError `invalid_input` for an unknown option, or padding that cannot be met
   */
  prepareForModel(
    ids: readonly number[],
    pairIds?: readonly number[],
    options: Pick<EncodeOptions, "truncation" | "maxLength" | "addSpecialTokens" | keyof PaddingOptions> = {},
  ): PreparedRow {
    checkOptions(options, PREPARE_OPTIONS);
    const { padding = false, padToMultipleOf, paddingSide } = options;
    const plan = this.#plan(options);
    const added = plan.addSpecialTokens ? this.numSpecialTokensToAdd(pairIds !== undefined) : 0;
    const excess = ids.length + (pairIds?.length ?? 0) + added - plan.maxLength;
    const cut = truncateIds(ids, pairIds, excess, plan);
    const row = plan.addSpecialTokens
      ? buildRow(this.#template, cut.ids, cut.pairIds)
      : bareRow([...cut.ids, ...(cut.pairIds ?? [])]);
    return this.pad(
      { input_ids: row.ids, token_type_ids: row.types, special_tokens_mask: row.special },
      { padding, padToMultipleOf, paddingSide, maxLength: options.maxLength },
    ) as unknown as PreparedRow;
  }

  /**
   * The tokenizer's files by name, as the reference reads them: vocab.txt, tokenizer.json, tokenizer_config.json, special_tokens_map.json and,
   * if there are tokens beyond the vocabulary, added_tokens.json.
   *
   * @throws BertletError `unsupported` for a token with a line break, which vocab.txt cannot hold, and for the tokenizer of a model that
   * `loadPacked` loaded, which carries no writers
   */
  toFiles(): Map<string, Uint8Array> {
    const { write, tables } = this.#parts;
    if (!write)
      throw new BertletError("unsupported", "this tokenizer cannot be written: load its model with fromPretrained");
    const addedTokens = this.#added.tokens.toSorted((a, b) => a.id - b.id);
    const written = { options: this.#options, tables, vocabulary: this.#vocabulary, addedTokens };
    return write({ ...written, idOf: (token) => this.convertTokenToId(token) });
  }

  /**
   * Writes {@link toFiles} into a folder, which is made if it does not exist. Node, Bun and Deno only.
   *
   * @throws BertletError as {@link toFiles}
   */
  async savePretrained(folder: string): Promise<void> {
    await saveFiles(folder, this.toFiles());
  }

  /** Ids back to text. */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    checkOptions(options, DECODE_OPTIONS);
    const { skipSpecialTokens = false, cleanUpTokenizationSpaces = this.#options.cleanUpTokenizationSpaces } = options;
    const tokens = Array.from(ids)
      .filter((id) => !(skipSpecialTokens && this.isSpecial(id)))
      .flatMap((id) => {
        const text = this.convertIdsToTokens([id])[0];
        return text === undefined ? [] : [{ text, isAdded: this.#isAdded(id) }];
      });
    const text = joinTokens(this.#parts.decoder, tokens);
    return cleanUpTokenizationSpaces ? cleanUpTokenization(text) : text;
  }

  batchDecode(rows: Iterable<Iterable<number>>, options: DecodeOptions = {}): string[] {
    return Array.from(rows, (ids) => this.decode(ids, options));
  }

  /** Joins tokens to text as {@link decode} does, before its clean-up. */
  convertTokensToString(tokens: readonly string[]): string {
    return joinTokens(
      this.#parts.decoder,
      tokens.map((text) => ({ text, isAdded: false })),
    );
  }

  /** The id of a token; the unknown token's for one that is not in the vocabulary. */
  convertTokenToId(token: string): number {
    return this.#tokenId(token) ?? this.#ids.unk;
  }

  convertTokensToIds(tokens: readonly string[]): number[] {
    return tokens.map((token) => this.convertTokenToId(token));
  }

  /** Tokens by id. For an id that has none, undefined (BertTokenizer: the unknown token). */
  convertIdsToTokens(ids: Iterable<number>): (string | undefined)[] {
    const unknown = this.#conventions.namesUnknownIds ? this.#options.unkToken : undefined;
    return Array.from(ids, (id) => this.#added.byId(id)?.content ?? this.#vocabulary.token(id) ?? unknown);
  }

  isSpecial(id: number): boolean {
    return this.#added.byId(id)?.special ?? false;
  }

  /** Makes everything that depends on the options; changes nothing if they cannot be. */
  #configure(given: O): void {
    const options = this.#conventions.prepareOptions(given);
    const added = new AddedTokens(options, this.#vocabulary);
    const idOf = (token: string) => added.byContent(token)?.id ?? this.#vocabulary.id(token);
    const required = (token: string): number => {
      const id = idOf(token);
      if (id === undefined) throw new BertletError("invalid_checkpoint", `the vocabulary has no ${token}`);
      return id;
    };
    const ids = {
      unk: required(options.unkToken),
      sep: required(options.sepToken),
      pad: required(options.padToken),
      cls: required(options.clsToken),
      mask: idOf(options.maskToken),
    };
    const template = compileTemplate(templateOptions(options), required);
    const scanner = this.#parts.makeScanner(options, {
      added,
      unkId: ids.unk,
      idOf: (token) => this.convertTokenToId(token),
      tokenOf: (id) => this.convertIdsToTokens([id])[0] ?? "",
    });
    this.#options = options;
    this.#added = added;
    this.#ids = ids;
    this.#template = template;
    this.#scanner = scanner;
  }

  #plan(options: AssembleOptions): AssemblyPlan {
    return planAssembly(options, {
      modelMaxLength: this.modelMaxLength,
      truncationSide: this.#options.truncationSide,
      addedToSingle: this.#template.addedToSingle,
    });
  }

  #encode(inputs: readonly PairInput[], options: TruncationOptions, withOffsets: boolean): RaggedEncoding {
    const plan = this.#plan(options);
    const isSplitIntoWords = options.isSplitIntoWords ?? false;
    const texts: SplitInput[] = [];
    const rows: SequenceRow[] = [];
    // A text that several pairs share, such as the query of a ranking, is scanned once.
    const shared = new Map<SplitInput, number>();
    const share = (text: SplitInput): number => {
      const index = shared.get(text) ?? texts.push(text) - 1;
      shared.set(text, index);
      return index;
    };
    for (let index = 0; index < inputs.length; index++) {
      const [first, second] = toPair(inputs[index]!, isSplitIntoWords, index);
      if (second === undefined) rows.push({ first: texts.push(first) - 1, second });
      else rows.push({ first: share(first), second: share(second) });
    }
    const limit = shared.size > 0 ? Number.POSITIVE_INFINITY : this.#scanLimit(plan);
    return this.#assemble(this.#scan(texts, options, limit), rows, plan, withOffsets);
  }

  /** How many tokens of each single text are needed: what truncation on the right cuts off need not be scanned. */
  #scanLimit({ strategy, side, withOverflow, maxLength, addSpecialTokens }: AssemblyPlan): number {
    if (strategy !== "longest_first" || side !== "right" || withOverflow) return Number.POSITIVE_INFINITY;
    return maxLength - (addSpecialTokens ? this.#template.addedToSingle : 0) + 1;
  }

  /** The tokens of all texts in the columns of the reused buffer, which are longer: valid until the next scan. */
  #scan(texts: readonly SplitInput[], options: SplitOptions, limit = Number.POSITIVE_INFINITY): Sequences {
    const { isSplitIntoWords = false, offsetUnit = "utf16" } = options;
    const out = this.#buffer;
    if (texts.length >= this.#starts.length) this.#starts = new Int32Array(2 * texts.length);
    const starts = this.#starts;
    out.length = 0;
    for (let index = 0; index < texts.length; index++) {
      const text = texts[index]!;
      if (isSplitIntoWords) this.#scanWords(text, index, offsetUnit);
      else this.#scanText(checkText(text, index), offsetUnit, out.length + limit);
      starts[index + 1] = out.length;
    }
    return { input_ids: out.ids, offset_mapping: out.offsets, word_ids: out.words, row_starts: starts };
  }

  #scanText(text: string, unit: OffsetUnit, limit: number): void {
    const out = this.#buffer;
    const from = out.length;
    out.wordCount = 0;
    this.#scanner.scan(text, 0, text.length, out, limit);
    if (unit === "codepoint") toCodePoints(text, out, from);
  }

  #scanWords(words: SplitInput, index: number, unit: OffsetUnit): void {
    const out = this.#buffer;
    for (const [word, text] of checkWords(words, index).entries()) {
      const from = out.length;
      this.#scanText(text, unit, Number.POSITIVE_INFINITY);
      out.words.fill(word, from, out.length);
    }
  }

  #assemble(
    sequences: Sequences,
    rows: readonly SequenceRow[],
    plan: AssemblyPlan,
    withOffsets: boolean,
  ): RaggedEncoding | RaggedOffsets {
    const { truncate, typesBareRows, refusesPairWindows } = this.#conventions;
    const isPair = rows.some(({ second }) => second !== undefined);
    if (refusesPairWindows && isPair && plan.withOverflow && plan.strategy === "longest_first")
      throw new BertletError("invalid_input", 'what "longest_first" cuts off a pair cannot be returned');
    const template = plan.addSpecialTokens || typesBareRows ? this.#template : withoutTypes(this.#template);
    const builder = this.#builder;
    builder.clear(withOffsets);
    assembleRows({ builder, sequences, template, plan, truncate }, rows);
    return withOffsets ? builder.finishWithOffsets() : builder.finish();
  }

  #encodePlus(input: PairInput, options: EncodeOptions): R & { overflowing: R[] } {
    // As in the reference, an empty second text is no second text here; in a batch it is one.
    const isEmptyPair = this.#conventions.dropsEmptySecond && Array.isArray(input) && input[1] === "";
    const [row, ...overflowing] = this.#paddedRows([isEmptyPair ? (input[0] as string) : input], options).rows;
    return Object.assign(row!, { overflowing });
  }

  #paddedRows(inputs: readonly PairInput[], options: EncodeOptions): { rows: R[]; samples: number[] } {
    checkOptions(options, ENCODE_OPTIONS);
    const length = paddedLength(options, this.modelMaxLength);
    const side = options.paddingSide ?? this.#options.paddingSide;
    const ragged = this.#encode(inputs, options, true) as RaggedOffsets;
    const samples = [...ragged.overflow_to_sample_mapping];
    const rows = samples.map((_, row) => this.#conventions.toRow(ragged, row, (ids) => this.#names(ids)));
    const target = length(rows.map((row) => row.input_ids.length));
    const padding = { id: this.#ids.pad, token: this.#options.padToken };
    for (const row of rows) {
      const missing = target - row.input_ids.length;
      if (missing > 0) padRow(row, missing, side, padding);
    }
    return { rows, samples };
  }

  #emptyRow(): R {
    this.#builder.clear(true);
    return this.#conventions.toRow(this.#builder.finishWithOffsets(), 0, () => []);
  }

  /** The tokens of ids that are in the vocabulary. */
  #names(ids: Iterable<number>): string[] {
    return this.convertIdsToTokens(ids).map((token) => token ?? "");
  }

  #tokenId(token: string): number | undefined {
    return this.#added.byContent(token)?.id ?? this.#vocabulary.id(token);
  }

  /** Whether the slow decoder keeps a token apart. */
  #isAdded(id: number): boolean {
    const token = this.#added.byId(id);
    return token !== undefined && !(token.special && id < this.#vocabulary.size);
  }
}

/** Converts the offsets of the tokens from `from` on. */
function toCodePoints(text: string, { offsets, length }: TokenBuffer, from: number): void {
  const map = offsetMapper(text, "codepoint");
  for (let at = 2 * from; at < 2 * length; at++) offsets[at] = map(offsets[at]!);
}

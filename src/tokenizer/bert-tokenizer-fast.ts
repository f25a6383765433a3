// BertTokenizerFast: the reference's fast tokenizer, with offsets and word indices. It cuts added tokens out and scans the rest by WordPiece.
import type { ModelSourceLike } from "../source/source.ts";
import type { Encoding } from "./encoding.ts";
import { fastParts } from "./fast-parts.ts";
import { readTokenizerFiles, readTokenizerJson, readVocabulary } from "./files/read.ts";
import { writeTokenizerFiles } from "./files/write.ts";
import { normalizerOptions, type ResolvedTokenizerOptions, type TokenizerOptions } from "./options.ts";
import { Tokenizer } from "./tokenizer-core.ts";
import { type NormalizerTable, normalizerTable } from "./unicode.ts";
import { type PreparedVocabulary, prepareVocabulary } from "./vocabulary.ts";

/**
 * BERT's fast tokenizer. Lone surrogates in a text count as U+FFFD, which is then cleaned away.
 *
 * @example
 * const tokenizer = new BertTokenizerFast(prepareVocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "world", "##s"]));
 * tokenizer.encodeBatch(["Hello worlds", "hello"], { maxLength: 16 }).input_ids; // Int32Array [2, 4, 5, 6, 3, 2, 4, 3]
 * tokenizer.encodePlus("Hello worlds").offset_mapping; // [[0, 0], [0, 5], [6, 11], [11, 12], [0, 0]]
 */
export class BertTokenizerFast extends Tokenizer<Encoding, ResolvedTokenizerOptions> {
  /**
   * @param table the normaliser table for these options, if a packed model brings it
   * @throws BertletError `invalid_config` for an unknown option or a value that cannot be, `invalid_checkpoint` for a vocabulary that is
   * damaged or lacks a special token
   */
  constructor(prepared: PreparedVocabulary, options: TokenizerOptions = {}, table?: NormalizerTable) {
    const tableFor = (current: ResolvedTokenizerOptions) => table ?? normalizerTable(normalizerOptions(current));
    super(fastParts(prepared, options, tableFor, writeTokenizerFiles));
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

  /** From the text of a vocab.txt: one token per line. */
  static fromVocabulary(vocab: string, options: TokenizerOptions = {}): BertTokenizerFast {
    return new BertTokenizerFast(prepareVocabulary(readVocabulary(vocab)), options);
  }

  /** From the value in a tokenizer.json. */
  static fromTokenizerJson(json: unknown, options: TokenizerOptions = {}): BertTokenizerFast {
    const file = readTokenizerJson(json);
    return new BertTokenizerFast(prepareVocabulary(file.tokens), { ...file.options, ...options });
  }
}

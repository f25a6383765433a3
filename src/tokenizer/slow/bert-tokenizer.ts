// BertTokenizer: the reference's slow tokenizer, without offsets. For serving use BertTokenizerFast.
import type { ModelSourceLike } from "../../source/source.ts";
import { SLOW } from "../conventions.ts";
import type { RowEncoding } from "../encoding.ts";
import { readTokenizerFiles, readVocabulary } from "../files/read.ts";
import { writeTokenizerFiles } from "../files/write.ts";
import {
  normalizerOptions,
  type ResolvedTokenizerOptions,
  resolveTokenizerOptions,
  type TokenizerOptions,
} from "../options.ts";
import { WordPiece } from "../scanners/wordpiece.ts";
import { Tokenizer } from "../tokenizer-core.ts";
import { normalizerTable } from "../unicode.ts";
import { type PreparedVocabulary, prepareVocabulary, Vocabulary } from "../vocabulary.ts";
import { bertRules } from "./bert-rules.ts";
import { SlowScanner } from "./slow-scanner.ts";

/**
 * BERT's first tokenizer, in Python. It differs from the fast one in rare characters: it drops unassigned ones, it follows today's Unicode
 * where the fast one's tables are older, it composes (NFC) text whose accents it keeps. It also truncates pairs in another way.
 *
 * @example
 * const tokenizer = BertTokenizer.fromVocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n##s\n");
 * tokenizer.tokenize("Hello worlds"); // ["hello", "world", "##s"]
 */
export class BertTokenizer extends Tokenizer<RowEncoding, ResolvedTokenizerOptions> {
  /** @throws BertletError as {@link BertTokenizerFast} */
  constructor(prepared: PreparedVocabulary, options: TokenizerOptions = {}) {
    const vocabulary = new Vocabulary(prepared);
    super({
      vocabulary,
      options: resolveTokenizerOptions(options),
      resolve: resolveTokenizerOptions,
      makeScanner: (resolved, context) => {
        const wordPiece = new WordPiece(vocabulary, normalizerTable(normalizerOptions(resolved)), {
          ...resolved,
          unkId: context.unkId,
        });
        return new SlowScanner(context, bertRules(wordPiece, resolved, context));
      },
      decoder: { type: "Slow", join: (tokens) => tokens.join(" ").replaceAll(" ##", "").trim() },
      conventions: { ...SLOW, namesUnknownIds: true },
      write: writeTokenizerFiles,
    });
  }

  /** As {@link BertTokenizerFast.fromPretrained}. */
  static async fromPretrained(source: ModelSourceLike, options: TokenizerOptions = {}): Promise<BertTokenizer> {
    const files = await readTokenizerFiles(source);
    return new BertTokenizer(prepareVocabulary(files.tokens), { ...files.options, ...options });
  }

  /** From the text of a vocab.txt: one token per line. */
  static fromVocabulary(vocab: string, options: TokenizerOptions = {}): BertTokenizer {
    return new BertTokenizer(prepareVocabulary(readVocabulary(vocab)), options);
  }
}

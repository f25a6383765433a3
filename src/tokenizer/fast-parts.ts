// The parts of the reference's fast BERT tokenizer: added tokens are cut out, WordPiece scans the rest.
import { FAST } from "./conventions.ts";
import type { Encoding } from "./encoding.ts";
import { type ResolvedTokenizerOptions, resolveTokenizerOptions, type TokenizerOptions } from "./options.ts";
import { AddedTokenScanner } from "./scanners/added-token-scanner.ts";
import { normalizeText } from "./scanners/normalized-text.ts";
import { WordPiece } from "./scanners/wordpiece.ts";
import type { TokenizerParts, WriteFiles } from "./tokenizer-core.ts";
import type { NormalizerTable } from "./unicode.ts";
import { type PreparedVocabulary, Vocabulary } from "./vocabulary.ts";

/**
 * @param tableFor the normaliser table for options. A packed model brings it; only others need the tables of Unicode to make it.
 * @throws BertletError `invalid_config` for an unknown option or a value that cannot be, `invalid_checkpoint` for a vocabulary that is
 * damaged or lacks a special token
 */
export function fastParts(
  prepared: PreparedVocabulary,
  options: TokenizerOptions,
  tableFor: (options: ResolvedTokenizerOptions) => NormalizerTable,
  write?: WriteFiles<ResolvedTokenizerOptions>,
): TokenizerParts<Encoding, ResolvedTokenizerOptions> {
  const vocabulary = new Vocabulary(prepared);
  const resolved = resolveTokenizerOptions(options);
  return {
    vocabulary,
    options: resolved,
    resolve: resolveTokenizerOptions,
    makeScanner: (current, { added, unkId }) => {
      const normalizer = tableFor(current);
      const wordPiece = new WordPiece(vocabulary, normalizer, { ...current, unkId });
      return new AddedTokenScanner(wordPiece, added.tokens, (text) => normalizeText(text, normalizer));
    },
    decoder: { type: "WordPiece", prefix: resolved.continuingSubwordPrefix, cleanup: resolved.decoderCleanup },
    conventions: FAST,
    write,
  };
}

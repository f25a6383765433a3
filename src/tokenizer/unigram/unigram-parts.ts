// The parts of a unigram tokenizer: added tokens are cut out, the rest is normalised and cut into its most probable pieces.
import { FAST } from "../conventions.ts";
import type { Encoding } from "../encoding.ts";
import { type ResolvedUnigramOptions, resolveUnigramOptions, type UnigramOptions } from "../options.ts";
import { AddedTokenScanner } from "../scanners/added-token-scanner.ts";
import { Unigram } from "../scanners/unigram.ts";
import { TokenMatcher } from "../token-matcher.ts";
import type { TokenizerParts, WriteFiles } from "../tokenizer-core.ts";
import type { PreparedVocabulary } from "../vocabulary.ts";
import { alignText, toText } from "./aligned-text.ts";
import { Charsmap } from "./charsmap.ts";
import { compileSteps } from "./normalizer-steps.ts";
import { Pieces } from "./pieces.ts";

/**
 * @param charsmap the table of the normaliser's `Precompiled` steps
 * @throws BertletError `invalid_config` for an unknown option or a value that cannot be, `invalid_checkpoint` for tables that are damaged or
 * lack a special token
 */
export function unigramParts(
  prepared: PreparedVocabulary,
  charsmap: Uint8Array | undefined,
  options: UnigramOptions,
  write?: WriteFiles<ResolvedUnigramOptions>,
): TokenizerParts<Encoding, ResolvedUnigramOptions> {
  const pieces = new Pieces(prepared);
  const map = charsmap && new Charsmap(charsmap);
  const resolved = resolveUnigramOptions(options);
  return {
    vocabulary: pieces,
    options: resolved,
    resolve: resolveUnigramOptions,
    makeScanner: (current, { added, unkId }) => {
      const normalize = compileSteps(current.normalizer, map);
      const normalized = added.tokens.filter((token) => token.normalized);
      const patterns = normalized.map((token) => {
        const { content } = token;
        return { text: toText(normalize(alignText(content, 0, content.length))), token };
      });
      const { prependScheme, splitsAtWhitespace } = current;
      const matcher = new TokenMatcher(patterns);
      const unigram = new Unigram(pieces, { unkId, normalize, prependScheme, splitsAtWhitespace, added: matcher });
      return new AddedTokenScanner(
        unigram,
        added.tokens.filter((token) => !token.normalized),
      );
    },
    decoder: { type: "Metaspace", dropsFirst: resolved.prependScheme !== "never" },
    conventions: FAST,
    write,
    tables: charsmap,
  };
}

// The parts of a byte-level BPE tokenizer: added tokens are cut out, merges join the bytes of the rest.
import { FAST } from "../conventions.ts";
import type { Encoding } from "../encoding.ts";
import { type BpeOptions, type ResolvedBpeOptions, resolveBpeOptions } from "../options.ts";
import { AddedTokenScanner } from "../scanners/added-token-scanner.ts";
import { ByteLevelBpe } from "../scanners/byte-level-bpe.ts";
import type { TokenizerParts, WriteFiles } from "../tokenizer-core.ts";
import { type PreparedVocabulary, Vocabulary } from "../vocabulary.ts";
import { Merges, type PreparedMerges } from "./merges.ts";

/**
 * @throws BertletError `invalid_config` for an unknown option or a value that cannot be, `invalid_checkpoint` for tables that are damaged or
 * lack a special token
 */
export function bpeParts(
  prepared: PreparedVocabulary,
  preparedMerges: PreparedMerges,
  options: BpeOptions,
  write?: WriteFiles<ResolvedBpeOptions>,
): TokenizerParts<Encoding, ResolvedBpeOptions> {
  const vocabulary = new Vocabulary(prepared);
  const merges = new Merges(preparedMerges, vocabulary);
  return {
    vocabulary,
    options: resolveBpeOptions(options),
    resolve: resolveBpeOptions,
    makeScanner: (current, { added }) => new AddedTokenScanner(new ByteLevelBpe(merges, current), added.tokens),
    decoder: { type: "ByteLevel" },
    conventions: FAST,
    write,
    tables: merges,
  };
}

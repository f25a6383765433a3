// RobertaTokenizer: RoBERTa's slow tokenizer, without offsets. For serving use RobertaTokenizerFast.
import { BertletError } from "../../errors.ts";
import type { ModelSourceLike } from "../../source/source.ts";
import { fromByteChars } from "../bpe/byte-chars.ts";
import { Merges, type PreparedMerges, prepareBpe } from "../bpe/merges.ts";
import { SLOW } from "../conventions.ts";
import type { RowEncoding } from "../encoding.ts";
import { readBpeFiles } from "../files/read.ts";
import { writeBpeFiles } from "../files/write-bpe.ts";
import { type BpeOptions, type ResolvedBpeOptions, resolveBpeOptions } from "../options.ts";
import { ByteLevelBpe } from "../scanners/byte-level-bpe.ts";
import { robertaTemplate } from "../template.ts";
import { TokenBuffer } from "../token-buffer.ts";
import { Tokenizer } from "../tokenizer-core.ts";
import { type PreparedVocabulary, Vocabulary } from "../vocabulary.ts";
import { isWhitespace } from "./basic-tokenizer.ts";
import { SlowScanner } from "./slow-scanner.ts";

/**
 * RoBERTa's first tokenizer, in Python. It puts a prefix space before a text alone, where the fast one puts it behind added tokens, too.
 *
 * @example
 * const tokenizer = await RobertaTokenizer.fromPretrained("roberta-base");
 * tokenizer.tokenize("Hello worlds"); // ["Hello", "Ġworlds"]
 */
export class RobertaTokenizer extends Tokenizer<RowEncoding, ResolvedBpeOptions> {
  /**
   * @throws BertletError `invalid_config` for an unknown option, `invalid_checkpoint` for tables that lack a special token, `unsupported` for a
   * vocabulary without a token for every byte
   */
  constructor(prepared: PreparedVocabulary, preparedMerges: PreparedMerges, options: BpeOptions = {}) {
    const vocabulary = new Vocabulary(prepared);
    const merges = new Merges(preparedMerges, vocabulary);
    for (let byte = 0; byte < 256; byte++)
      if (merges.byteId(byte) < 0)
        throw new BertletError(
          "unsupported",
          `the vocabulary has no token for byte ${byte}, as RobertaTokenizer needs`,
        );
    const resolved = resolveBpeOptions(options);
    super({
      vocabulary,
      options: { ...resolved, template: robertaTemplate(resolved.clsToken, resolved.sepToken) },
      resolve: resolveBpeOptions,
      makeScanner: ({ addPrefixSpace }, context) => {
        const bpe = new ByteLevelBpe(merges, { addPrefixSpace: false, trimOffsets: false });
        return new SlowScanner(context, {
          lowerCase: false,
          prepare: (text) => (addPrefixSpace && text !== "" && !isWhitespace(text[0]!) ? ` ${text}` : text),
          cut: (text) => {
            const out = new TokenBuffer();
            bpe.scan(text, 0, text.length, out, Number.POSITIVE_INFINITY);
            return Array.from(out.ids.subarray(0, out.length), context.tokenOf);
          },
        });
      },
      decoder: { type: "Slow", join: fromByteChars },
      conventions: SLOW,
      write: writeBpeFiles,
      tables: merges,
    });
  }

  /** As {@link RobertaTokenizerFast.fromPretrained}. */
  static async fromPretrained(source: ModelSourceLike, options: BpeOptions = {}): Promise<RobertaTokenizer> {
    const files = await readBpeFiles(source);
    const { vocabulary, merges } = prepareBpe(files);
    return new RobertaTokenizer(vocabulary, merges, { ...files.options, ...options });
  }
}

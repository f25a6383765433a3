// The slow tokenizers that call SentencePiece: ALBERT's, XLM-R's and CamemBERT's, without offsets. For serving use the fast ones.
import type { ModelSourceLike } from "../../../source/source.ts";
import type { RowEncoding } from "../../encoding.ts";
import { defined } from "../../files/parts.ts";
import { readSlowUnigramFiles } from "../../files/read.ts";
import { Tokenizer } from "../../tokenizer-core.ts";
import { cutAlbert } from "./albert-rules.ts";
import {
  type ResolvedSlowAlbertOptions,
  type ResolvedSlowUnigramOptions,
  resolveSlowAlbertOptions,
  resolveSlowUnigramOptions,
  type SlowAlbertOptions,
  type SlowUnigramOptions,
} from "./options.ts";
import type { SentencePieceProcessor } from "./processor.ts";
import { joinAroundSpecial, joinMarks, slowParts } from "./slow-parts.ts";

/**
 * ALBERT's first tokenizer, which is SentencePiece behind Python's functions for case and accents.
 *
 * @example
 * const tokenizer = await AlbertTokenizer.fromPretrained("albert-base-v2");
 * tokenizer.tokenize("In 1891, Café"); // ["▁in", "▁18", "91", ",", "▁cafe"]
 */
export class AlbertTokenizer extends Tokenizer<RowEncoding, ResolvedSlowAlbertOptions> {
  /**
   * @param file a spiece.model
   * @throws BertletError `invalid_config` for an unknown option, `invalid_checkpoint` or `unsupported` for a file that cannot be read
   */
  constructor(file: Uint8Array, options: SlowAlbertOptions = {}) {
    super(
      slowParts(file, "albert", options, {
        resolve: resolveSlowAlbertOptions,
        cut: cutAlbert,
        join: joinAroundSpecial,
        config: ({ doLowerCase: do_lower_case, keepAccents: keep_accents, removeSpace: remove_space }) => {
          return { do_lower_case, keep_accents, remove_space };
        },
      }),
    );
  }

  /**
   * From a folder or files with spiece.model, and what else a Hub repository has but tokenizer.json. `options` win over the files.
   *
   * @throws BertletError `not_found` without a spiece.model, `invalid_checkpoint` or `unsupported` for one that cannot be read
   */
  static async fromPretrained(source: ModelSourceLike, options: SlowAlbertOptions = {}): Promise<AlbertTokenizer> {
    const names = { clsToken: "[CLS]", sepToken: "[SEP]", maskToken: "[MASK]" };
    const { bytes, options: own, config } = await readSlowUnigramFiles(source, "albert", names);
    const { do_lower_case: doLowerCase, keep_accents: keepAccents, remove_space: removeSpace } = config;
    return new AlbertTokenizer(bytes, { ...own, ...defined({ doLowerCase, keepAccents, removeSpace }), ...options });
  }
}

/**
 * XLM-R's first tokenizer, which is SentencePiece itself.
 *
 * @example
 * const tokenizer = await XLMRobertaTokenizer.fromPretrained("xlm-roberta-base");
 * tokenizer.tokenize("Hello worlds"); // ["▁Hello", "▁world", "s"]
 */
export class XLMRobertaTokenizer extends Tokenizer<RowEncoding, ResolvedSlowUnigramOptions> {
  /**
   * @param file a sentencepiece.bpe.model
   * @throws BertletError as {@link AlbertTokenizer}
   */
  constructor(file: Uint8Array, options: SlowUnigramOptions = {}) {
    const rules = { resolve: resolveSlowUnigramOptions, cut: cutPlainly, join: joinMarks, config: () => ({}) };
    super(slowParts(file, "xlm-roberta", options, rules));
  }

  /** From a folder or files with sentencepiece.bpe.model. @throws BertletError as {@link AlbertTokenizer.fromPretrained} */
  static async fromPretrained(source: ModelSourceLike, options: SlowUnigramOptions = {}): Promise<XLMRobertaTokenizer> {
    const { bytes, options: own } = await readSlowUnigramFiles(source, "xlm-roberta", {});
    return new XLMRobertaTokenizer(bytes, { ...own, ...options });
  }
}

/** CamemBERT's first tokenizer, which is SentencePiece itself. */
export class CamembertTokenizer extends Tokenizer<RowEncoding, ResolvedSlowUnigramOptions> {
  /** @throws BertletError as {@link XLMRobertaTokenizer} */
  constructor(file: Uint8Array, options: SlowUnigramOptions = {}) {
    const rules = { resolve: resolveSlowUnigramOptions, cut: cutPlainly, join: joinAroundSpecial, config: () => ({}) };
    super(slowParts(file, "camembert", options, rules));
  }

  /** @throws BertletError as {@link XLMRobertaTokenizer.fromPretrained} */
  static async fromPretrained(source: ModelSourceLike, options: SlowUnigramOptions = {}): Promise<CamembertTokenizer> {
    const { bytes, options: own } = await readSlowUnigramFiles(source, "camembert", {});
    return new CamembertTokenizer(bytes, { ...own, ...options });
  }
}

function cutPlainly(processor: SentencePieceProcessor, _: object, text: string): string[] {
  return processor.encode(text);
}

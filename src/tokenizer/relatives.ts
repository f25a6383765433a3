// The fast tokenizers of BERT's relatives, by the names of the reference's classes. A family is its type of tokenizer; what else it has of its own is in
// its files.
import type { ModelSourceLike } from "../source/source.ts";
import { BertTokenizerFast } from "./bert-tokenizer-fast.ts";
import { bpeParts } from "./bpe/bpe-parts.ts";
import { type PreparedMerges, prepareBpe } from "./bpe/merges.ts";
import type { Encoding } from "./encoding.ts";
import { defined } from "./files/parts.ts";
import {
  readAnyTokenizerFiles,
  readBpeFiles,
  readTokenizerFiles,
  readUnigramFiles,
  type SentencePieceSettings,
} from "./files/read.ts";
import { WRITERS } from "./files/writers.ts";
import type {
  BpeOptions,
  ResolvedBpeOptions,
  ResolvedUnigramOptions,
  TokenizerOptions,
  UnigramOptions,
} from "./options.ts";
import { Tokenizer } from "./tokenizer-core.ts";
import { preparePieces } from "./unigram/pieces.ts";
import { unigramParts } from "./unigram/unigram-parts.ts";
import { type PreparedVocabulary, prepareVocabulary } from "./vocabulary.ts";

/**
 * RoBERTa's byte-level BPE.
 *
 * @example
 * const tokenizer = await RobertaTokenizerFast.fromPretrained("roberta-base");
 * tokenizer.tokenize("Hello worlds"); // ["Hello", "Ġworlds"]
 */
export class RobertaTokenizerFast extends Tokenizer<Encoding, ResolvedBpeOptions> {
  /** @throws BertletError `invalid_config` for an unknown option, `invalid_checkpoint` for tables that lack a special token */
  constructor(vocabulary: PreparedVocabulary, merges: PreparedMerges, options: BpeOptions = {}) {
    super(bpeParts(vocabulary, merges, options, WRITERS.bpe));
  }

  /**
   * From a folder or files with tokenizer.json, or vocab.json and merges.txt. `options` win over the files.
   *
   * @throws BertletError `not_found` without a vocabulary, `invalid_checkpoint` for a file that is not a byte-level BPE's
   */
  static async fromPretrained(source: ModelSourceLike, options: BpeOptions = {}): Promise<RobertaTokenizerFast> {
    const files = await readBpeFiles(source);
    const { vocabulary, merges } = prepareBpe(files);
    return new RobertaTokenizerFast(vocabulary, merges, { ...files.options, ...options });
  }
}

/**
 * SentencePiece's unigram model, as XLM-R has it.
 *
 * @example
 * const tokenizer = await XLMRobertaTokenizerFast.fromPretrained("xlm-roberta-base");
 * tokenizer.tokenize("Hello worlds"); // ["▁Hello", "▁world", "s"]
 */
export class XLMRobertaTokenizerFast extends Tokenizer<Encoding, ResolvedUnigramOptions> {
  /**
   * @param charsmap the table of `Precompiled` steps in `options.normalizer`
   * @throws BertletError `invalid_config` for an unknown option, `invalid_checkpoint` for tables that are damaged or lack a special token
   */
  constructor(pieces: PreparedVocabulary, charsmap?: Uint8Array, options: UnigramOptions = {}) {
    super(unigramParts(pieces, charsmap, options, WRITERS.unigram));
  }

  /**
   * From a folder or files with tokenizer.json, or sentencepiece.bpe.model (not in Workers). `options` win over the files.
   *
   * @throws BertletError `not_found` without either, `invalid_checkpoint` or `unsupported` for one that is not a unigram model's
   */
  static async fromPretrained(source: ModelSourceLike, options: UnigramOptions = {}): Promise<XLMRobertaTokenizerFast> {
    return readUnigramTokenizer(XLMRobertaTokenizerFast, source, { family: "xlm-roberta" }, options);
  }
}

/** CamemBERT's, which differs from XLM-R's in its files alone. */
export class CamembertTokenizerFast extends XLMRobertaTokenizerFast {
  /** @throws BertletError as {@link XLMRobertaTokenizerFast.fromPretrained} */
  static override async fromPretrained(
    source: ModelSourceLike,
    options: UnigramOptions = {},
  ): Promise<CamembertTokenizerFast> {
    return readUnigramTokenizer(CamembertTokenizerFast, source, { family: "camembert" }, options);
  }
}

async function readUnigramTokenizer<T>(
  Class: new (pieces: PreparedVocabulary, charsmap: Uint8Array | undefined, options: UnigramOptions) => T,
  source: ModelSourceLike,
  settings: SentencePieceSettings,
  options: UnigramOptions,
): Promise<T> {
  const { pieces, charsmap, options: own } = await readUnigramFiles(source, settings);
  return new Class(preparePieces(pieces), charsmap, { ...own, ...options });
}

/** Settings of ALBERT's normaliser, and those of every unigram tokenizer. */
export interface AlbertTokenizerOptions extends UnigramOptions {
  /** Fold to lower case; as the files say when left out. */
  readonly doLowerCase?: boolean;
  /** Keep accents; as the files say when left out. */
  readonly keepAccents?: boolean;
}

/** ALBERT's: a unigram model whose normaliser folds case and accents, with BERT's special tokens. */
export class AlbertTokenizerFast extends XLMRobertaTokenizerFast {
  /**
   * From a folder or files with tokenizer.json, or spiece.model (not in Workers).
   *
   * @throws BertletError as {@link XLMRobertaTokenizerFast.fromPretrained}
   */
  static override async fromPretrained(
    source: ModelSourceLike,
    { doLowerCase, keepAccents, ...options }: AlbertTokenizerOptions = {},
  ): Promise<AlbertTokenizerFast> {
    const settings = { family: "albert", ...defined({ doLowerCase, keepAccents }) } as const;
    const { pieces, charsmap, options: own } = await readUnigramFiles(source, settings);
    const isKept = ({ type }: { type: string }): boolean =>
      !(doLowerCase === false && type === "Lowercase") && !(keepAccents && /^NFKD$|^StripAccents$/.test(type));
    const normalizer = own.normalizer?.filter(isKept) ?? [];
    return new AlbertTokenizerFast(preparePieces(pieces), charsmap, { ...own, normalizer, ...options });
  }
}

/** DistilBERT's and ELECTRA's are BERT's; MPNet's has other special tokens, and two separators between the texts of a pair. */
export class MPNetTokenizerFast extends BertTokenizerFast {
  /** @throws BertletError as {@link BertTokenizerFast.fromPretrained} */
  static override async fromPretrained(
    source: ModelSourceLike,
    options: TokenizerOptions = {},
  ): Promise<MPNetTokenizerFast> {
    const files = await readTokenizerFiles(source, "mpnet");
    return new MPNetTokenizerFast(prepareVocabulary(files.tokens), { ...files.options, ...options });
  }
}

/**
 * The tokenizer of any model's files, of whichever type it is. `options` win over the files.
 *
 * @throws BertletError as the classes' `fromPretrained`; `invalid_config` for an option that a tokenizer of this type does not have
 */
export async function readAnyTokenizer(source: ModelSourceLike, options: object = {}): Promise<Tokenizer> {
  const files = await readAnyTokenizerFiles(source);
  const all = { ...files.options, ...options };
  switch (files.type) {
    case "wordpiece":
      return new BertTokenizerFast(prepareVocabulary(files.tokens), all);
    case "bpe": {
      const { vocabulary, merges } = prepareBpe(files);
      return new RobertaTokenizerFast(vocabulary, merges, all);
    }
    case "unigram":
      return new XLMRobertaTokenizerFast(preparePieces(files.pieces), files.charsmap, all);
  }
}

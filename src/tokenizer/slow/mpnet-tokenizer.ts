// MPNetTokenizer: MPNet's slow tokenizer, which is BERT's with other special tokens.
import type { ModelSourceLike } from "../../source/source.ts";
import { readTokenizerFiles } from "../files/read.ts";
import type { TokenizerOptions } from "../options.ts";
import { robertaTemplate } from "../template.ts";
import { type PreparedVocabulary, prepareVocabulary } from "../vocabulary.ts";
import { BertTokenizer } from "./bert-tokenizer.ts";

const NAMES = { clsToken: "<s>", sepToken: "</s>", padToken: "<pad>", maskToken: "<mask>" };

/** MPNet's first tokenizer, in Python. Its rows have one token type, where those of MPNetTokenizerFast have two. */
export class MPNetTokenizer extends BertTokenizer {
  /** @throws BertletError as {@link BertTokenizer} */
  constructor(prepared: PreparedVocabulary, options: TokenizerOptions = {}) {
    const all = { ...NAMES, ...options };
    const { clsToken, sepToken, maskToken: content, addedTokens = [] } = all;
    const mask = { content, special: true, lstrip: true };
    const named = addedTokens.some((token) => token.content === content) ? addedTokens : [...addedTokens, mask];
    super(prepared, { ...all, addedTokens: named, template: robertaTemplate(clsToken, sepToken) });
  }

  /** As {@link BertTokenizer.fromPretrained}. */
  static override async fromPretrained(
    source: ModelSourceLike,
    options: TokenizerOptions = {},
  ): Promise<MPNetTokenizer> {
    const { tokens, options: own } = await readTokenizerFiles(source, "mpnet");
    return new MPNetTokenizer(prepareVocabulary(tokens), { ...own, ...options });
  }
}

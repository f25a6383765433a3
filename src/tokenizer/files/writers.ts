// The writers of files, by type of tokenizer. Workers that only answer carry none of them.

import type { ResolvedBpeOptions, ResolvedTokenizerOptions, ResolvedUnigramOptions } from "../options.ts";
import type { WriteFiles } from "../tokenizer-core.ts";
import { writeTokenizerFiles } from "./write.ts";
import { writeBpeFiles } from "./write-bpe.ts";
import { writeUnigramFiles } from "./write-unigram.ts";

export interface TokenizerWriters {
  readonly wordpiece: WriteFiles<ResolvedTokenizerOptions>;
  readonly bpe: WriteFiles<ResolvedBpeOptions>;
  readonly unigram: WriteFiles<ResolvedUnigramOptions>;
}

export const WRITERS: TokenizerWriters = {
  wordpiece: writeTokenizerFiles,
  bpe: writeBpeFiles,
  unigram: writeUnigramFiles,
};

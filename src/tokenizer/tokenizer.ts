// The door of this folder: what other layers and the public library use of it.
export { BertTokenizer } from "./bert-tokenizer.ts";
export { BertTokenizerFast, type Encoding } from "./bert-tokenizer-fast.ts";
export type { AddedTokenInit, TokenizerOptions } from "./options.ts";
export type { RaggedEncoding, RaggedOffsets } from "./ragged.ts";
export type {
  BatchOf,
  DecodeOptions,
  EncodeOptions,
  RowEncoding,
  TextInput,
  TruncationOptions,
} from "./tokenizer-base.ts";
export { type PreparedVocabulary, prepareVocabulary } from "./vocabulary.ts";

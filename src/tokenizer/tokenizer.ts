// The door of this folder: what other layers and the public library use of it.
export type { AddedToken } from "./added-tokens.ts";
export { BertTokenizerFast } from "./bert-tokenizer-fast.ts";
export { type OffsetUnit, offsetMapper } from "./code-points.ts";
export type {
  AssembleOptions,
  DecodeOptions,
  EncodeOptions,
  PaddingOptions,
  SplitOptions,
  TruncationOptions,
} from "./encode-options.ts";
export { Encoding, type RowEncoding } from "./encoding.ts";
export { type TokenizerWriters, WRITERS } from "./files/writers.ts";
export type { AddedTokenInit, BpeOptions, TokenizerOptions, UnigramOptions } from "./options.ts";
export { type PackedTokenizer, packTokenizer, unpackTokenizer } from "./packed.ts";
export type { RaggedEncoding, RaggedOffsets } from "./ragged.ts";
export {
  AlbertTokenizerFast,
  type AlbertTokenizerOptions,
  CamembertTokenizerFast,
  MPNetTokenizerFast,
  RobertaTokenizerFast,
  readAnyTokenizer,
  XLMRobertaTokenizerFast,
} from "./relatives.ts";
export { countTokens, type SequenceRow, type Sequences } from "./sequences.ts";
export { BertTokenizer } from "./slow/bert-tokenizer.ts";
export { MPNetTokenizer } from "./slow/mpnet-tokenizer.ts";
export { readAnySlowTokenizer } from "./slow/read-any.ts";
export { RobertaTokenizer } from "./slow/roberta-tokenizer.ts";
export type { SlowAlbertOptions, SlowUnigramOptions } from "./slow/sentencepiece/options.ts";
export { AlbertTokenizer, CamembertTokenizer, XLMRobertaTokenizer } from "./slow/sentencepiece/tokenizers.ts";
export type { TemplateOptions } from "./template.ts";
export type { TextInput, WordsInput } from "./text-input.ts";
export { type BatchOf, Tokenizer } from "./tokenizer-core.ts";
export type { Side, TruncationStrategy } from "./truncation.ts";
export { type PreparedVocabulary, prepareVocabulary } from "./vocabulary.ts";

// The slow tokenizer of any model's files, of whichever type it is.
import { readSlowSentencePiece } from "#sentencepiece";
import { type ModelSourceLike, openSource, readJson } from "../../source/source.ts";
import type { RowEncoding } from "../encoding.ts";
import { isMPNet, readConfig, tokenizerType } from "../files/read.ts";
import { sentencePieceFamily } from "../files/sentencepiece-family.ts";
import type { Tokenizer } from "../tokenizer-core.ts";
import { BertTokenizer } from "./bert-tokenizer.ts";
import { MPNetTokenizer } from "./mpnet-tokenizer.ts";
import { RobertaTokenizer } from "./roberta-tokenizer.ts";

/**
 * `options` win over the files. A unigram tokenizer is read from its SentencePiece model, whether there is a tokenizer.json or not.
 *
 * @throws BertletError as the classes' `fromPretrained`; `invalid_config` for an option that a tokenizer of this type does not have
 */
export async function readAnySlowTokenizer(
  from: ModelSourceLike,
  options: object = {},
): Promise<Tokenizer<RowEncoding>> {
  const source = await openSource(from);
  const { tokenizer_class } = await readConfig(source);
  const tokenizerClass = tokenizer_class ?? undefined;
  switch (await tokenizerType(source, await readJson(source, "tokenizer.json"))) {
    case "BPE":
      return RobertaTokenizer.fromPretrained(source, options);
    case "Unigram":
      return readSlowSentencePiece(await sentencePieceFamily(source, tokenizerClass), source, options);
    default:
      return ((await isMPNet(source)) ? MPNetTokenizer : BertTokenizer).fromPretrained(source, options);
  }
}

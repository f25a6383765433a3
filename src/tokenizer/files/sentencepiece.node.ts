// SentencePiece models where modules can be loaded when they are needed. In Workers sentencepiece.workerd.ts takes this file's place (package.json,
// `#sentencepiece`).
import type { ModelSource } from "../../source/source.ts";
import type { RowEncoding } from "../encoding.ts";
import type { Tokenizer } from "../tokenizer-core.ts";
import type { UnigramFiles } from "./read-unigram.ts";
import type { SentencePieceFamily, SentencePieceFile } from "./sentencepiece-family.ts";

/** A model as a unigram tokenizer. @throws BertletError as `readSentencePieceModel` */
export async function readSentencePiece(file: SentencePieceFile): Promise<UnigramFiles> {
  const { convertSentencePiece } = await import("./sentencepiece/convert.ts");
  return convertSentencePiece(file);
}

/** The slow tokenizer of a family. @throws BertletError as its class's `fromPretrained` */
export async function readSlowSentencePiece(
  family: SentencePieceFamily,
  source: ModelSource,
  options: object,
): Promise<Tokenizer<RowEncoding>> {
  const { AlbertTokenizer, CamembertTokenizer, XLMRobertaTokenizer } = await import(
    "../slow/sentencepiece/tokenizers.ts"
  );
  const classes = { albert: AlbertTokenizer, "xlm-roberta": XLMRobertaTokenizer, camembert: CamembertTokenizer };
  return classes[family].fromPretrained(source, options);
}

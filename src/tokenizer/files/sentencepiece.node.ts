// SentencePiece models where modules can be loaded when they are needed. In Workers sentencepiece.workerd.ts takes this file's place (package.json,
// `#sentencepiece`).
import type { UnigramFiles } from "./read-unigram.ts";
import type { SentencePieceFile } from "./sentencepiece-family.ts";

/** A model as a unigram tokenizer. @throws BertletError as `readSentencePieceModel` */
export async function readSentencePiece(file: SentencePieceFile): Promise<UnigramFiles> {
  const { convertSentencePiece } = await import("./sentencepiece/convert.ts");
  return convertSentencePiece(file);
}

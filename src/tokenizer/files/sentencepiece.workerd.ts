// SentencePiece models in Workers: none are read, so that no Worker carries the reader.
import { BertletError } from "../../errors.ts";
import type { SentencePieceFile } from "./sentencepiece-family.ts";

/** @throws BertletError `unsupported` */
export async function readSentencePiece({ name }: SentencePieceFile): Promise<never> {
  throw new BertletError(
    "unsupported",
    `${name} cannot be read in a Worker: pack the model first with \`bertlet convert\`, or write a tokenizer.json with savePretrained`,
  );
}

// SentencePiece models in Workers: none are read, so that no Worker carries the reader.
import { BertletError } from "../../errors.ts";
import { type SentencePieceFamily, type SentencePieceFile, sentencePieceNames } from "./sentencepiece-family.ts";

/** @throws BertletError `unsupported` */
export async function readSentencePiece({ name }: SentencePieceFile): Promise<never> {
  throw new BertletError(
    "unsupported",
    `${name} cannot be read in a Worker: pack the model first with \`bertlet convert\`, or write a tokenizer.json with savePretrained`,
  );
}

/** @throws BertletError `unsupported` */
export async function readSlowSentencePiece(family: SentencePieceFamily): Promise<never> {
  throw new BertletError(
    "unsupported",
    `the slow tokenizer of ${family} is not read in a Worker unless its class is imported: ${sentencePieceNames(family).tokenizerClass}`,
  );
}

// A SentencePiece model as a unigram tokenizer of a family.
import type { AddedTokenInit } from "../../options.ts";
import type { UnigramFiles } from "../read-unigram.ts";
import type { SentencePieceFile } from "../sentencepiece-family.ts";
import { FAMILIES } from "./families.ts";
import { type ModelPiece, readSentencePieceModel } from "./model.ts";

/** @throws BertletError as {@link readSentencePieceModel} */
export function convertSentencePiece({ name, bytes, family, ...settings }: SentencePieceFile): UnigramFiles {
  const model = readSentencePieceModel(bytes, name);
  const { pieces, unkId, normalizer, options, specialTokens } = FAMILIES[family];
  const converted = pieces(model);
  const { charsmap } = model;
  return {
    pieces: converted,
    charsmap,
    options: {
      ...options,
      unkToken: converted[unkId(model)]![0],
      normalizer: normalizer(charsmap ? [{ type: "Precompiled" }] : [], settings),
      prependScheme: "always",
      addedTokens: [...specialTokens, ...addedPieces(model.pieces)],
    },
  };
}

/** Control symbols are special, user-defined ones are not; both are found in the text as it is written. */
function addedPieces(pieces: readonly ModelPiece[]): AddedTokenInit[] {
  return pieces
    .filter(({ type }) => type === "control" || type === "user-defined")
    .map(({ piece, type }) => ({ content: piece, special: type === "control", normalized: false }));
}

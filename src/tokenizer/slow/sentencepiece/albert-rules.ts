// What AlbertTokenizer does to a text before SentencePiece cuts it, and to pieces that end in a number and a comma.
import { endsInDigitAndComma } from "../../files/sentencepiece/number-comma.ts";
import { whitespaceTokenize } from "../basic-tokenizer.ts";
import type { ResolvedSlowAlbertOptions } from "./options.ts";
import type { SentencePieceProcessor } from "./processor.ts";

/** The pieces of a text. */
export function cutAlbert(
  processor: SentencePieceProcessor,
  options: ResolvedSlowAlbertOptions,
  text: string,
): string[] {
  return processor
    .encode(preprocess(text, options))
    .flatMap((piece) =>
      Array.from(piece).length > 1 && endsInDigitAndComma(piece) ? [...withoutComma(processor, piece), ","] : [piece],
    );
}

function preprocess(text: string, { removeSpace, keepAccents, doLowerCase }: ResolvedSlowAlbertOptions): string {
  const spaced = removeSpace ? whitespaceTokenize(text).join(" ") : text;
  const quoted = spaced.replaceAll("``", '"').replaceAll("''", '"');
  const bare = keepAccents
    ? quoted
    : Array.from(quoted.normalize("NFKD"))
        .filter((char) => !isCombining(char))
        .join("");
  return doLowerCase ? bare.toLowerCase() : bare;
}

/** The pieces of a number; the mark of a space is put before it only if the piece began with one. */
function withoutComma(processor: SentencePieceProcessor, piece: string): string[] {
  const pieces = processor.encode(piece.slice(0, -1).replaceAll("▁", ""));
  const [first] = pieces;
  if (piece.startsWith("▁") || !first?.startsWith("▁")) return pieces;
  return first === "▁" ? pieces.slice(1) : [first.slice(1), ...pieces.slice(1)];
}

/**
 * Whether a decomposed character has a combining class: only one that has is moved, before a mark of the highest class or behind one of the
 * lowest.
 */
function isCombining(char: string): boolean {
  if (!/\p{M}/u.test(char)) return false;
  return `\u0345${char}`.normalize("NFD") !== `\u0345${char}` || `${char}\u0334`.normalize("NFD") !== `${char}\u0334`;
}

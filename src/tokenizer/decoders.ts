// Tokens back to text: joining pieces to words and closing the spaces that tokenization opened. The decoder is data, as in tokenizer.json.

import { fromByteChars } from "./bpe/byte-chars.ts";

/** How tokens are joined. `cleanup` closes up punctuation token by token. */
export type Decoder =
  | { readonly type: "WordPiece"; readonly prefix: string; readonly cleanup: boolean }
  /** Byte-level BPE: the characters of all tokens are bytes of one text. */
  | { readonly type: "ByteLevel" }
  /** SentencePiece: ▁ is a space, but for one at the beginning. */
  | { readonly type: "Metaspace"; readonly dropsFirst: boolean }
  /** The slow tokenizers': tokens are joined between added tokens, never across one. */
  | { readonly type: "Slow"; join(tokens: readonly string[]): string };

export interface DecodedToken {
  readonly text: string;
  /** Whether it is an added token beyond the vocabulary, or one that is not special. */
  readonly isAdded: boolean;
}

/** The text of a row of tokens, before {@link cleanUpTokenization}. */
export function joinTokens(decoder: Decoder, tokens: readonly DecodedToken[]): string {
  const texts = tokens.map(({ text }) => text);
  switch (decoder.type) {
    case "Slow":
      return joinSlowly(tokens, decoder);
    case "WordPiece":
      return joinWordPieces(texts, decoder.prefix, decoder.cleanup);
    case "ByteLevel":
      return fromByteChars(texts);
    case "Metaspace":
      return texts.map((text, index) => text.replaceAll("▁", index === 0 && decoder.dropsFirst ? "" : " ")).join("");
  }
}

const ARTIFACTS: readonly (readonly [from: string, to: string])[] = [
  [" .", "."],
  [" ?", "?"],
  [" !", "!"],
  [" ,", ","],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/** The reference's clean-up for English: no space before punctuation or within contractions. */
export function cleanUpTokenization(text: string): string {
  return ARTIFACTS.reduce((clean, [from, to]) => clean.replaceAll(from, to), text);
}

function joinWordPieces(tokens: readonly string[], prefix: string, cleanup: boolean): string {
  return tokens
    .map((token, i) => {
      if (i === 0) return cleanup ? cleanUpToken(token) : token;
      const spaced = prefix !== "" && token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      return cleanup ? cleanUpToken(spaced) : spaced;
    })
    .join("");
}

/** The reference's decoder also contracts "do not", within a token. */
function cleanUpToken(token: string): string {
  return cleanUpTokenization(token).replaceAll(" do not", " don't");
}

function joinSlowly(tokens: readonly DecodedToken[], decoder: Extract<Decoder, { type: "Slow" }>): string {
  const parts: string[] = [];
  let pieces: string[] = [];
  const endPieces = (): void => {
    if (pieces.length > 0) parts.push(decoder.join(pieces));
    pieces = [];
  };
  for (const { text, isAdded } of tokens) {
    if (!isAdded) pieces.push(text);
    else {
      endPieces();
      parts.push(text);
    }
  }
  endPieces();
  return parts.join(" ");
}

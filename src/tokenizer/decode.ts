// Tokens back to text: joining pieces and closing up the spaces that tokenisation opened. The text as written is not recoverable; offsets have it.

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

/** The reference's clean-up of English: no space before punctuation or in contractions. */
export function cleanUpTokenization(text: string): string {
  return ARTIFACTS.reduce((clean, [from, to]) => clean.replaceAll(from, to), text);
}

/** BertTokenizerFast's joining: a space before each token that does not continue a word; `cleanup` tidies each on its own. */
export function joinWordPieces(tokens: readonly string[], prefix: string, cleanup: boolean): string {
  return tokens
    .map((token, i) => {
      if (i === 0) return cleanup ? cleanUpToken(token) : token;
      const spaced = prefix !== "" && token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
      return cleanup ? cleanUpToken(spaced) : spaced;
    })
    .join("");
}

/** Token by token the reference also mends "do not". */
function cleanUpToken(token: string): string {
  return cleanUpTokenization(token).replaceAll(" do not", " don't");
}

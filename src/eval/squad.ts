// Exact match and F1 of answers, as the official script of SQuAD 2.0 computes them. SQuAD 1.1's differs where nothing is left of an answer that is right but
// articles and punctuation.

// What Python's split() splits at. JavaScript's \s has U+FEFF, and lacks the separators below U+0020 and U+0085.
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python splits at them.
const SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

export interface AnswerScores {
  /** 0 or 1. */
  readonly exact: number;
  /** Of words, between 0 and 1. */
  readonly f1: number;
}

/**
 * @param gold all answers that are right; none for a question that the passage does not answer
 * @example
 * scoreAnswer("the Eiffel Tower", ["Eiffel Tower", "tower"]); // { exact: 1, f1: 1 }
 */
export function scoreAnswer(predicted: string, gold: readonly string[]): AnswerScores {
  const answers = gold.filter((answer) => normalizeAnswer(answer) !== "");
  const wanted = answers.length > 0 ? answers : [""];
  return {
    exact: Math.max(...wanted.map((answer) => Number(normalizeAnswer(predicted) === normalizeAnswer(answer)))),
    f1: Math.max(...wanted.map((answer) => wordF1(wordsOf(predicted), wordsOf(answer)))),
  };
}

/** Lower case, without punctuation and articles, one space between words. */
export function normalizeAnswer(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, "")
    .replace(/(?<![\p{L}\p{N}_])(a|an|the)(?![\p{L}\p{N}_])/gu, " ")
    .split(SPACE)
    .filter(Boolean)
    .join(" ");
}

function wordsOf(text: string): string[] {
  const normalized = normalizeAnswer(text);
  return normalized === "" ? [] : normalized.split(" ");
}

function wordF1(predicted: readonly string[], gold: readonly string[]): number {
  if (predicted.length === 0 || gold.length === 0) return Number(predicted.length === gold.length);
  const left = new Map<string, number>();
  for (const word of gold) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of predicted) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    common++;
  }
  if (common === 0) return 0;
  const [precision, recall] = [common / predicted.length, common / gold.length];
  return (2 * precision * recall) / (precision + recall);
}

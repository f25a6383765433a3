// Which tokens of a vocabulary a corpus needs.
import { BertletError } from "../errors.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { Pieces } from "../tokenizer/unigram/pieces.ts";

/**
 * Old ids in ascending order: the added tokens; every token of one character in a script that the texts use, so that any word can be spelled; and the tokens
 * of the texts, the most frequent first where there are more than `most` together. Each corpus counts the same, however long it is.
 *
 * @throws BertletError `invalid_input` if the added tokens and characters alone are more than `most`
 */
export function chooseTokens(tokenizer: Tokenizer, corpora: readonly (readonly string[])[], most: number): number[] {
  const kept = new Set([...tokenizer.addedTokens.map(({ id }) => id), ...characters(tokenizer, corpora.flat())]);
  if (kept.size > most)
    throw new BertletError(
      "invalid_input",
      `${kept.size} tokens are special or single characters: keep at least those`,
    );
  const frequent = [...frequencies(tokenizer, corpora)].sort(([a, m], [b, n]) => n - m || a - b);
  for (const [id] of frequent) {
    if (kept.size >= most) break;
    kept.add(id);
  }
  return [...kept].sort((a, b) => a - b);
}

/** By token, its frequencies in all corpora, added up. */
function frequencies(tokenizer: Tokenizer, corpora: readonly (readonly string[])[]): Map<number, number> {
  const sums = new Map<number, number>();
  for (const texts of corpora) {
    const { input_ids } = tokenizer.split(texts);
    for (const id of input_ids) sums.set(id, (sums.get(id) ?? 0) + 1 / input_ids.length);
  }
  return sums;
}

/** The tokens of one character in the scripts of the texts, whether at the start of a word or within. */
function characters(tokenizer: Tokenizer, texts: readonly string[]): number[] {
  const used = new Set<string>();
  for (const character of new Set(texts.join(""))) used.add(scriptOf(character));
  const { vocabulary } = tokenizer;
  const ids: number[] = [];
  for (let id = 0; id < vocabulary.size; id++) {
    const [character, ...more] = (vocabulary.token(id) ?? "").replace(/^(▁|##)(?=.)/u, "");
    if (character !== undefined && more.length === 0 && used.has(scriptOf(character))) ids.push(id);
  }
  // What is unknown scores less than the least piece, so that one stays.
  if (vocabulary instanceof Pieces) ids.push(vocabulary.scores.indexOf(vocabulary.leastScore));
  return ids;
}

// Scripts of more than one language each; characters of any other count as one.
const SCRIPTS = [
  ...["Latin", "Cyrillic", "Greek", "Armenian", "Georgian", "Hebrew", "Arabic", "Devanagari", "Bengali", "Gurmukhi"],
  ...["Gujarati", "Oriya", "Tamil", "Telugu", "Kannada", "Malayalam", "Sinhala", "Thai", "Lao", "Tibetan", "Myanmar"],
  ...["Khmer", "Ethiopic", "Mongolian", "Hangul", "Hiragana", "Katakana", "Han", "Common", "Inherited"],
].map((name) => [name, new RegExp(`\\p{Script=${name}}`, "u")] as const);

function scriptOf(character: string): string {
  return SCRIPTS.find(([, pattern]) => pattern.test(character))?.[0] ?? "other";
}

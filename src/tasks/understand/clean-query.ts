// A search query as the model reads it, for engines that match words: without what no reader sees.

/**
 * Removes control, format and private-use characters and U+FFFD, makes every run of white space one space and trims; what the tokenizer
 * ignores, and nothing else. Case, accents, punctuation and spelling stay. The model gives both the same tokens.
 *
 * @example
 * cleanQuery(" red\u200b shoes\n "); // "red shoes"
 */
export function cleanQuery(text: string): string {
  return text.replace(INVISIBLE, "").replace(/\s+/g, " ").trim();
}

// Tab, line feed and carriage return are control characters, too, and white space here.
const INVISIBLE = /[[\p{Cc}\p{Cf}\p{Co}\uFFFD]--[\t\n\r]]/gv;

// Words by the slow reference's rules, one function per rule, on strings. Categories come from our own tables; composition and lower case are
// the runtime's.
import { categories } from "../unicode.ts";

export interface BasicTokenizerOptions {
  lowerCase: boolean;
  stripAccents: boolean;
  tokenizeChineseChars: boolean;
}

/** Splits a text into words. Words in `neverSplit` stay as they are. */
export function basicTokenize(text: string, options: BasicTokenizerOptions, neverSplit: ReadonlySet<string>): string[] {
  let clean = cleanText(text);
  if (options.tokenizeChineseChars) clean = spaceIdeographs(clean);
  return whitespaceTokenize(clean.normalize("NFC")).flatMap((word) => {
    if (neverSplit.has(word)) return [word];
    const lower = options.lowerCase ? word.toLowerCase() : word;
    return splitAtPunctuation(options.stripAccents ? stripAccents(lower) : lower, neverSplit);
  });
}

/** Words between white space. */
export function whitespaceTokenize(text: string): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Python's split() also counts the four separators
  return text.split(/[\p{White_Space}\x1c-\x1f]+/u).filter((word) => word !== "");
}

/** The text without white space at its ends. */
export function stripWhitespace(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isWhitespace(text[from]!)) from++;
  while (to > from && isWhitespace(text[to - 1]!)) to--;
  return text.slice(from, to);
}

/** Whether Python's `isspace` says so of a character. */
export function isWhitespace(char: string): boolean {
  return whitespaceTokenize(char).length === 0;
}

/** Drops control, format, private-use and unassigned characters, and turns white space into plain spaces. */
function cleanText(text: string): string {
  const { isControl } = categories();
  let clean = "";
  for (const char of text) if (!isControl(char.codePointAt(0)!)) clean += char;
  return clean.replace(/[\t\n\r\p{Zs}]/gu, " ");
}

function spaceIdeographs(text: string): string {
  let spaced = "";
  for (const char of text) spaced += isIdeograph(char.codePointAt(0)!) ? ` ${char} ` : char;
  return spaced;
}

function isIdeograph(cp: number): boolean {
  return (
    (cp >= 0x3400 && cp <= 0x4dbf) ||
    (cp >= 0x4e00 && cp <= 0x9fff) ||
    (cp >= 0xf900 && cp <= 0xfaff) ||
    (cp >= 0x20000 && cp <= 0x2a6df) ||
    (cp >= 0x2a700 && cp <= 0x2ceaf) ||
    (cp >= 0x2f800 && cp <= 0x2fa1f)
  );
}

function stripAccents(word: string): string {
  const { isMark } = categories();
  let bare = "";
  for (const char of word.normalize("NFD")) if (!isMark(char.codePointAt(0)!)) bare += char;
  return bare;
}

function splitAtPunctuation(word: string, neverSplit: ReadonlySet<string>): string[] {
  if (neverSplit.has(word)) return [word];
  const { isPunctuation } = categories();
  const words: string[] = [];
  let current = "";
  for (const char of word) {
    if (!isPunctuation(char.codePointAt(0)!)) current += char;
    else {
      if (current !== "") words.push(current);
      words.push(char);
      current = "";
    }
  }
  if (current !== "") words.push(current);
  return words.flatMap(whitespaceTokenize);
}

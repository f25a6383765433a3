// Tokens that are found in the text as written ([MASK], user-added words) and cut out before word pieces are made.
// Finding and their white-space rules only; the text between them is the scanner's.

/** A token added to the vocabulary, with its id. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly singleWord: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
}

/** A pattern and the token it stands for. */
interface Pattern {
  readonly text: string;
  readonly token: AddedToken;
}

const WORD_CHARACTER = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const SPACE = /\p{White_Space}/u;

/** Finds the leftmost, then longest, of a set of strings. Steps: the text, times the number of distinct lengths with one first unit. */
export class TokenMatcher {
  /** The last match's range and token. */
  start = 0;
  end = 0;
  token: AddedToken | undefined;
  readonly isEmpty: boolean;
  private readonly byText: Map<string, AddedToken>;
  /** First UTF-16 unit → the lengths of the patterns that start with it, longest first. */
  private readonly lengths = new Map<number, number[]>();
  private readonly onlyFirst: string | undefined;

  constructor(patterns: readonly Pattern[]) {
    const filled = patterns.filter(({ text }) => text.length > 0);
    this.isEmpty = filled.length === 0;
    this.byText = new Map(filled.map(({ text, token }) => [text, token]));
    for (const text of this.byText.keys()) {
      const unit = text.charCodeAt(0);
      const lengths = new Set(this.lengths.get(unit)).add(text.length);
      this.lengths.set(
        unit,
        [...lengths].sort((a, b) => b - a),
      );
    }
    const [first] = this.lengths.keys();
    this.onlyFirst = this.lengths.size === 1 ? String.fromCharCode(first!) : undefined;
  }

  /** Whether there is a match at or after `from`; sets `start`, `end` and `token`. */
  find(text: string, from: number): boolean {
    if (this.isEmpty) return false;
    for (let i = this.candidate(text, from); i >= 0; i = this.candidate(text, i + 1)) {
      for (const length of this.lengths.get(text.charCodeAt(i)) ?? []) {
        this.token = i + length <= text.length ? this.byText.get(text.slice(i, i + length)) : undefined;
        if (!this.token) continue;
        this.start = i;
        this.end = i + length;
        return true;
      }
    }
    return false;
  }

  private candidate(text: string, from: number): number {
    if (this.onlyFirst !== undefined) return text.indexOf(this.onlyFirst, from);
    for (let i = from; i < text.length; i++) if (this.lengths.has(text.charCodeAt(i))) return i;
    return -1;
  }
}

/**
 * Calls `piece` and `token` for the parts of a text in order. A token that must stand alone is passed over where a word character touches it; one
 * that strips takes the white space beside it.
 */
export function splitAtTokens(
  text: string,
  matcher: TokenMatcher,
  piece: (from: number, to: number) => void,
  token: (token: AddedToken, from: number, to: number) => void,
): void {
  let done = 0;
  for (let from = 0; matcher.find(text, from); ) {
    const found = matcher.token!;
    let { start, end } = matcher;
    from = end;
    if (found.singleWord && (isWordBefore(text, start) || isWordAt(text, end))) continue;
    if (found.lstrip) while (start > done && SPACE.test(text[start - 1]!)) start--;
    if (found.rstrip) while (end < text.length && SPACE.test(text[end]!)) end++;
    if (done < start) piece(done, start);
    token(found, start, end);
    done = end;
  }
  if (done < text.length) piece(done, text.length);
}

function isWordAt(text: string, at: number): boolean {
  const cp = text.codePointAt(at);
  return cp !== undefined && WORD_CHARACTER.test(String.fromCodePoint(cp));
}

function isWordBefore(text: string, at: number): boolean {
  const isPair =
    at > 1 && (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 2) & 0xfc00) === 0xd800;
  return at > 0 && isWordAt(text, isPair ? at - 2 : at - 1);
}

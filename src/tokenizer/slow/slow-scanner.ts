// The scanner of the slow tokenizers: added tokens on strings by the slow reference's own rules, no offsets. How a text between them is cut is the
// family's.
import type { AddedToken } from "../added-tokens.ts";
import type { Scanner, ScannerContext } from "../scanners/scanner.ts";
import type { TokenBuffer } from "../token-buffer.ts";
import { TokenMatcher } from "../token-matcher.ts";

export interface SlowRules {
  /** Whether the text is folded to lower case first, but for tokens that keep theirs. */
  readonly lowerCase: boolean;
  /** What is done to the whole text first. */
  prepare?(text: string): string;
  /** The tokens of a text between added tokens, which the vocabulary may not have. */
  cut(text: string): string[];
}

export class SlowScanner implements Scanner {
  readonly #rules: SlowRules;
  readonly #idOf: (token: string) => number;
  readonly #added: TokenMatcher;
  /** The added tokens that keep their case when the text around them is folded. */
  readonly #keptCase: TokenMatcher;

  constructor({ added: { tokens }, idOf }: ScannerContext, rules: SlowRules) {
    this.#rules = rules;
    this.#idOf = idOf;
    this.#added = new TokenMatcher(tokens.map((token) => ({ text: token.content, token })));
    const keptCase = tokens.filter((token) => token.special || token.normalized);
    this.#keptCase = new TokenMatcher(keptCase.map((token) => ({ text: token.content, token })));
  }

  scan(text: string, from: number, to: number, out: TokenBuffer): void {
    for (const token of this.tokenize(text.slice(from, to))) out.push(this.#idOf(token), 0, 0);
  }

  /** Words that are never split are tokens, whether the vocabulary has them or not. */
  tokenize(text: string): string[] {
    const { prepare, cut } = this.#rules;
    const whole = text.toWellFormed();
    return this.#split(prepare?.(whole) ?? whole).flatMap((part) =>
      typeof part === "string" ? cut(part) : [part.content],
    );
  }

  /** The added tokens and the text between them, folded to lower case if the rules say so. */
  #split(text: string): (string | AddedToken)[] {
    const folded = this.#rules.lowerCase ? this.#lowerCase(text) : text;
    const parts: (string | AddedToken)[] = [];
    let done = 0;
    for (const { start, end, token } of this.#added.matches(folded)) {
      if (done < start) parts.push(folded.slice(done, start));
      parts.push(token);
      done = end;
    }
    if (done < folded.length) parts.push(folded.slice(done));
    return joinBrokenWords(parts);
  }

  #lowerCase(text: string): string {
    let lower = "";
    let done = 0;
    for (const { start, end } of this.#keptCase.matches(text)) {
      lower += lowerByCharacter(text.slice(done, start)) + text.slice(start, end);
      done = end;
    }
    return lower + lowerByCharacter(text.slice(done));
  }
}

/** Character by character, as in the reference, so that no rule depends on neighbours (a final sigma stays σ). */
function lowerByCharacter(text: string): string {
  let lower = "";
  for (const char of text) lower += char.toLowerCase();
  return lower;
}

/**
 * Removes the white space beside tokens that strip it. A token that must be a word of its own becomes text again if its neighbour, before
 * stripping, does not end in a space.
 */
function joinBrokenWords(parts: (string | AddedToken)[]): (string | AddedToken)[] {
  const joined = [...parts];
  for (const i of parts.keys()) {
    const token = joined[i]!;
    if (typeof token === "string") continue;
    const [left, right] = [written(joined[i - 1]), written(joined[i + 1])];
    if (token.lstrip && left !== left.trimEnd()) joined[i - 1] = left.trimEnd();
    if (token.rstrip && right !== right.trimStart()) joined[i + 1] = right.trimStart();
    if (!token.singleWord) continue;
    if (left !== "" && !left.endsWith(" ")) {
      joined[i - 1] = written(joined[i - 1]) + token.content;
      joined[i] = "";
    } else if (right !== "" && !right.startsWith(" ")) {
      joined[i + 1] = token.content + written(joined[i + 1]);
      joined[i] = "";
    }
  }
  return joined.filter((part) => part !== "");
}

function written(part: string | AddedToken | undefined): string {
  return typeof part === "object" ? part.content : (part ?? "");
}

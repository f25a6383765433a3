// Finds added tokens in a text: leftmost, then longest, without overlaps, in time linear in the text whatever the tokens are.
import type { AddedToken } from "./added-tokens.ts";

/** A string to find and the token it stands for. */
export interface Pattern {
  readonly text: string;
  readonly token: AddedToken;
}

/** The token at text[start, end). */
export interface Match {
  readonly start: number;
  readonly end: number;
  readonly token: AddedToken;
}

/**
 * An Aho–Corasick automaton over the reversed patterns. Read from right to left, a text then shows at each index the longest pattern that
 * begins there; a second pass from left to right picks those that do not overlap.
 */
export class TokenMatcher {
  readonly isEmpty: boolean;
  readonly #firstUnits: ReadonlySet<number>;
  /** The first unit of all patterns as a string, if they share one: `indexOf` is faster than any loop. */
  readonly #onlyFirst: string | undefined;
  readonly #patterns: readonly Pattern[];
  #automaton: Automaton | undefined;

  constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns.filter(({ text }) => text.length > 0);
    this.isEmpty = this.#patterns.length === 0;
    this.#firstUnits = new Set(this.#patterns.map(({ text }) => text.charCodeAt(0)));
    const [first] = this.#firstUnits;
    this.#onlyFirst = this.#firstUnits.size === 1 ? String.fromCharCode(first!) : undefined;
  }

  /** Whether text[from, to) may hold a match: quick, and true too often rather than too rarely. */
  mayMatch(text: string, from: number, to: number): boolean {
    if (this.isEmpty) return false;
    if (this.#onlyFirst !== undefined) {
      const at = text.indexOf(this.#onlyFirst, from);
      return at >= 0 && at < to;
    }
    for (let i = from; i < to; i++) if (this.#firstUnits.has(text.charCodeAt(i))) return true;
    return false;
  }

  /** All matches in text[from, to), in order. */
  matches(text: string, from = 0, to = text.length): Match[] {
    if (!this.mayMatch(text, from, to)) return [];
    this.#automaton ??= new Automaton(this.#patterns);
    const found = this.#automaton.longestByStart(text, from, to);
    const matches: Match[] = [];
    let done = from;
    for (const match of found.reverse()) {
      if (match.start < done) continue;
      matches.push(match);
      done = match.end;
    }
    return matches;
  }
}

const ROOT = 0;
const UNITS = 0x10000;

/** The trie of the reversed patterns, with a failure link per node. */
class Automaton {
  /** `node * UNITS + unit` → the child of the node by this UTF-16 unit. */
  readonly #children = new Map<number, number>();
  /** By node: the node of its longest proper suffix. */
  readonly #failures: number[] = [ROOT];
  /** By node: the longest pattern that is a suffix of the node's string. */
  readonly #longest: (Pattern | undefined)[] = [undefined];

  constructor(patterns: readonly Pattern[]) {
    const parents = [ROOT];
    const units = [0];
    const depths = [0];
    for (const pattern of patterns) {
      let node = ROOT;
      for (let i = pattern.text.length - 1; i >= 0; i--) {
        const unit = pattern.text.charCodeAt(i);
        let child = this.#children.get(node * UNITS + unit);
        if (child === undefined) {
          child = parents.length;
          this.#children.set(node * UNITS + unit, child);
          parents.push(node);
          units.push(unit);
          depths.push(depths[node]! + 1);
        }
        node = child;
      }
      this.#longest[node] = pattern;
    }
    // A failure link leads to a shorter string, so links are made in order of length.
    const byDepth = [...depths.keys()].sort((a, b) => depths[a]! - depths[b]!);
    for (const node of byDepth.slice(1)) {
      const parent = parents[node]!;
      const failure = parent === ROOT ? ROOT : this.#next(this.#failures[parent]!, units[node]!);
      this.#failures[node] = failure;
      this.#longest[node] ??= this.#longest[failure];
    }
  }

  /** For each index of text[from, to) at which a pattern begins, the longest such pattern; from right to left. */
  longestByStart(text: string, from: number, to: number): Match[] {
    const found: Match[] = [];
    let node = ROOT;
    for (let start = to - 1; start >= from; start--) {
      node = this.#next(node, text.charCodeAt(start));
      const pattern = this.#longest[node];
      if (pattern) found.push({ start, end: start + pattern.text.length, token: pattern.token });
    }
    return found;
  }

  /** The node of the longest suffix of the node's string and `unit` that the trie has. */
  #next(from: number, unit: number): number {
    let node = from;
    for (;;) {
      const child = this.#children.get(node * UNITS + unit);
      if (child !== undefined) return child;
      if (node === ROOT) return ROOT;
      node = this.#failures[node]!;
    }
  }
}

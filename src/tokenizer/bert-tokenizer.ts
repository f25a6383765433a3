// BertTokenizer: the reference's slow tokenizer. Words are made on strings by its own rules (basic-tokenizer.ts); it knows no offsets.
// For serving use BertTokenizerFast.
import { BertletError } from "../errors.ts";
import type { ModelSourceLike } from "../source/source.ts";
import { type AddedToken, TokenMatcher } from "./added-tokens.ts";
import { basicTokenize, whitespaceTokenize } from "./basic-tokenizer.ts";
import { readTokenizerFiles, readVocabulary } from "./files.ts";
import type { TokenizerOptions } from "./options.ts";
import type { RaggedBuilder, RaggedOffsets } from "./ragged.ts";
import { TokenBuffer } from "./token-buffer.ts";
import {
  type EncodeOptions,
  type RowEncoding,
  type TextInput,
  TokenizerBase,
  truncationStrategy,
} from "./tokenizer-base.ts";
import { type Row, type TruncationPlan, truncatedRowAndRest } from "./truncation.ts";
import { type PreparedVocabulary, prepareVocabulary } from "./vocabulary.ts";

/**
 * BERT's first tokenizer, in Python. It differs from the fast one in rare characters: it also drops unassigned ones, it follows today's
 * Unicode where the fast one's tables are older, it composes (NFC) text whose accents it keeps, and in how it truncates pairs.
 *
 * @example
 * const tokenizer = BertTokenizer.fromVocabulary("[PAD]\n[UNK]\n[CLS]\n[SEP]\nhello\nworld\n##s\n");
 * tokenizer.tokenize("Hello worlds"); // ["hello", "world", "##s"]
 */
export class BertTokenizer extends TokenizerBase<RowEncoding> {
  private readonly matcher: TokenMatcher;
  private readonly keptCase: TokenMatcher;
  private readonly neverSplit: ReadonlySet<string>;
  private readonly neverSplitOrSpecial: ReadonlySet<string>;

  constructor(prepared: PreparedVocabulary, options: TokenizerOptions = {}) {
    super(prepared, withFoldedTokens(options));
    const tokens = this.addedTokens;
    const specials = tokens.filter((token) => token.special);
    this.matcher = new TokenMatcher(tokens.map((token) => ({ text: token.content, token })));
    const keptCase = tokens.filter((token) => token.special || token.normalized);
    this.keptCase = new TokenMatcher(keptCase.map((token) => ({ text: token.content, token })));
    this.neverSplit = new Set(this.options.neverSplit);
    this.neverSplitOrSpecial = new Set([...this.neverSplit, ...specials.map((token) => token.content)]);
  }

  /** As {@link BertTokenizerFast.fromPretrained}. */
  static async fromPretrained(source: ModelSourceLike, options: TokenizerOptions = {}): Promise<BertTokenizer> {
    const files = await readTokenizerFiles(source);
    return new BertTokenizer(prepareVocabulary(files.tokens), { ...files.options, ...options });
  }

  /** From the text of a vocab.txt: one token a line. */
  static fromVocabulary(vocab: string, options: TokenizerOptions = {}): BertTokenizer {
    return new BertTokenizer(prepareVocabulary(readVocabulary(vocab)), options);
  }

  override tokenize(text: string): string[] {
    return this.split(text.toWellFormed()).flatMap((part) => {
      if (typeof part !== "string") return [part.content];
      const { doBasicTokenize, doLowerCase, stripAccents, tokenizeChineseChars } = this.options;
      if (!doBasicTokenize) return whitespaceTokenize(part).flatMap((word) => this.pieces(word));
      const rules = { lowerCase: doLowerCase, stripAccents: stripAccents ?? doLowerCase, tokenizeChineseChars };
      return basicTokenize(part, rules, this.neverSplitOrSpecial).flatMap((word) =>
        this.neverSplit.has(word) ? [word] : this.pieces(word),
      );
    });
  }

  /** Tokens by id; the unknown token for an id that has none. */
  override convertIdsToTokens(ids: Iterable<number>): string[] {
    return super.convertIdsToTokens(ids).map((token) => token ?? this.options.unkToken);
  }

  protected override scan(text: string, out: TokenBuffer): void {
    for (const id of this.convertTokensToIds(this.tokenize(text))) out.push(id, 0, 0);
  }

  protected override rows(a: number, b: number, plan: TruncationPlan): Row[] {
    return truncatedRowAndRest(a, b, plan);
  }

  protected override rowEncoding(ragged: RaggedOffsets, row: number): RowEncoding {
    return this.commonFields(ragged, row);
  }

  /** Without special tokens around, the second text's tokens are of type 0 too. */
  protected override secondType(addSpecialTokens: boolean): number {
    return addSpecialTokens ? 1 : 0;
  }

  protected override ragged(inputs: readonly TextInput[], options: EncodeOptions, withOffsets: boolean): RaggedBuilder {
    const isPair = inputs.some((input) => typeof input !== "string");
    if (isPair && options.returnOverflowingTokens && truncationStrategy(options) === "longest_first") {
      throw new BertletError("invalid_input", 'what "longest_first" cuts off a pair cannot be returned');
    }
    return super.ragged(inputs, options, withOffsets);
  }

  /** Pieces are joined to words between added tokens, never across one. */
  protected override join(ids: readonly number[]): string {
    const parts: string[][] = [[]];
    for (const [i, token] of this.convertIdsToTokens(ids).entries()) {
      if (this.isJoined(ids[i]!)) parts.at(-1)!.push(token);
      else parts.push([token], []);
    }
    return parts
      .filter((tokens) => tokens.length > 0)
      .map((tokens) => tokens.join(" ").replaceAll(" ##", "").trim())
      .join(" ");
  }

  private isJoined(id: number): boolean {
    const isAdded = this.addedTokens.some((token) => token.id === id);
    return !isAdded || (this.isSpecial(id) && id < this.vocabulary.size);
  }

  private pieces(word: string): string[] {
    const out = new TokenBuffer();
    this.wordPiece.word(word, out);
    return this.names(out.ids());
  }

  /** The text between added tokens, and those; lower case first, all but the tokens that keep theirs. */
  private split(text: string): (string | AddedToken)[] {
    const lower = this.options.doLowerCase ? this.lowerCase(text) : text;
    const parts: (string | AddedToken)[] = [];
    let done = 0;
    for (; this.matcher.find(lower, done); done = this.matcher.end) {
      if (done < this.matcher.start) parts.push(lower.slice(done, this.matcher.start));
      parts.push(this.matcher.token!);
    }
    if (done < lower.length) parts.push(lower.slice(done));
    return joinBrokenWords(parts);
  }

  private lowerCase(text: string): string {
    let lower = "";
    let done = 0;
    for (; this.keptCase.find(text, done); done = this.keptCase.end) {
      lower +=
        lowerByCharacter(text.slice(done, this.keptCase.start)) + text.slice(this.keptCase.start, this.keptCase.end);
    }
    return lower + lowerByCharacter(text.slice(done));
  }
}

/** One character at a time, as the reference does it, so that no rule looks at neighbours (a final sigma stays σ). */
function lowerByCharacter(text: string): string {
  let lower = "";
  for (const char of text) lower += char.toLowerCase();
  return lower;
}

/**
 * White space goes beside a token that strips it. A token that must stand alone becomes text again where its neighbour, as it was, does not leave a
 * space, and is then tokenised with it.
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

/** Added tokens that are matched in lower-cased text are themselves in lower case. */
function withFoldedTokens(options: TokenizerOptions): TokenizerOptions {
  if (options.doLowerCase === false || !options.addedTokens) return options;
  const addedTokens = options.addedTokens.map((token) =>
    !token.special && token.normalized !== false ? { ...token, content: token.content.toLowerCase() } : token,
  );
  return { ...options, addedTokens };
}

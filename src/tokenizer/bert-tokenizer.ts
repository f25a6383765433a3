// BertTokenizer: the reference's slow tokenizer. Words are made on strings by its own rules (basic-tokenizer.ts); it knows no offsets.
// For serving use BertTokenizerFast.
import type { ModelSourceLike } from "../source.ts";
import { TokenMatcher } from "./added-tokens.ts";
import { basicTokenize, whitespaceTokenize } from "./basic-tokenizer.ts";
import { readTokenizerFiles, readVocabulary } from "./files.ts";
import type { TokenizerOptions } from "./options.ts";
import type { RaggedOffsets } from "./ragged.ts";
import { TokenBuffer } from "./token-buffer.ts";
import { type RowEncoding, TokenizerBase } from "./tokenizer-base.ts";
import { type Row, type TruncationPlan, truncatedRow } from "./truncation.ts";
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
    super(prepared, options);
    const { doLowerCase, neverSplit } = this.options;
    const specials = this.addedTokens.filter((token) => token.special);
    const patterns = this.addedTokens.map((token) => {
      const isFolded = doLowerCase && !token.special && token.normalized;
      return { text: isFolded ? token.content.toLowerCase() : token.content, token };
    });
    this.matcher = new TokenMatcher(patterns);
    this.keptCase = new TokenMatcher(patterns.filter(({ token }) => token.special || token.normalized));
    this.neverSplit = new Set(neverSplit);
    this.neverSplitOrSpecial = new Set([...neverSplit, ...specials.map((token) => token.content)]);
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
    return [truncatedRow(a, b, plan)];
  }

  protected override rowEncoding(ragged: RaggedOffsets, row: number): RowEncoding {
    return this.commonFields(ragged, row);
  }

  protected override join(ids: readonly number[]): string {
    return this.convertIdsToTokens(ids).join(" ").replaceAll(" ##", "").trim();
  }

  private pieces(word: string): string[] {
    const out = new TokenBuffer();
    this.wordPiece.word(word, out);
    return this.names(out.ids());
  }

  /** The text between added tokens, and those; lower case first, all but the tokens that keep theirs. */
  private split(text: string): (string | { content: string })[] {
    const lower = this.options.doLowerCase ? this.lowerCase(text) : text;
    const parts: (string | { content: string })[] = [];
    let done = 0;
    for (; this.matcher.find(lower, done); done = this.matcher.end) {
      parts.push(lower.slice(done, this.matcher.start), this.matcher.token!);
    }
    parts.push(lower.slice(done));
    return parts;
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

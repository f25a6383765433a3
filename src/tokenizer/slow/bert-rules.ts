// How BertTokenizer cuts a text: words by the slow reference's own rules, word pieces from each.
import type { ResolvedTokenizerOptions } from "../options.ts";
import type { ScannerContext } from "../scanners/scanner.ts";
import type { WordPiece } from "../scanners/wordpiece.ts";
import { TokenBuffer } from "../token-buffer.ts";
import { basicTokenize, whitespaceTokenize } from "./basic-tokenizer.ts";
import type { SlowRules } from "./slow-scanner.ts";

export function bertRules(wordPiece: WordPiece, options: ResolvedTokenizerOptions, context: ScannerContext): SlowRules {
  const { doBasicTokenize, doLowerCase, stripAccents, tokenizeChineseChars } = options;
  const special = context.added.tokens.filter((token) => token.special);
  const neverSplit = new Set(options.neverSplit);
  const neverSplitOrSpecial = new Set([...neverSplit, ...special.map((token) => token.content)]);
  const rules = { lowerCase: doLowerCase, stripAccents: stripAccents ?? doLowerCase, tokenizeChineseChars };
  const pieces = (word: string): string[] => {
    const out = new TokenBuffer();
    wordPiece.word(word, out);
    return Array.from(out.ids.subarray(0, out.length), context.tokenOf);
  };
  return {
    lowerCase: doLowerCase,
    cut: (text) =>
      doBasicTokenize
        ? basicTokenize(text, rules, neverSplitOrSpecial).flatMap((word) =>
            neverSplit.has(word) ? [word] : pieces(word),
          )
        : whitespaceTokenize(text).flatMap(pieces),
  };
}

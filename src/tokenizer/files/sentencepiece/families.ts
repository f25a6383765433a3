// How each family makes a tokenizer of a SentencePiece model, as transformers' convert_slow_tokenizer does: its pieces in order of id, what is done to
// a text, and the special tokens.
import type { AddedTokenInit, UnigramOptions } from "../../options.ts";
import { bertTemplate, robertaTemplate } from "../../template.ts";
import type { NormalizerStep } from "../../unigram/normalizer-steps.ts";
import type { ScoredPiece } from "../../unigram/pieces.ts";
import type { FoldSettings, SentencePieceFamily } from "../sentencepiece-family.ts";
import { STRIP_RIGHT } from "../strip-steps.ts";
import type { SentencePieceModel } from "./model.ts";
import { endsInDigitAndComma } from "./number-comma.ts";

interface Family {
  pieces(model: SentencePieceModel): ScoredPiece[];
  /** The unknown token's id in {@link pieces}. */
  unkId(model: SentencePieceModel): number;
  normalizer(precompiled: readonly NormalizerStep[], settings: FoldSettings): NormalizerStep[];
  readonly options: UnigramOptions;
  /** Special tokens beside those that the options name. */
  readonly specialTokens: readonly AddedTokenInit[];
}

const special = (...tokens: readonly string[]): AddedTokenInit[] =>
  tokens.map((content) => ({ content, special: true }));

const replace = (pattern: { String: string } | { Regex: string }, content: string): NormalizerStep => ({
  type: "Replace",
  pattern,
  content,
});

/** What the reference does for every family that has no rules of its own. */
const cleanSpaces = (precompiled: readonly NormalizerStep[]): NormalizerStep[] => [
  ...precompiled,
  STRIP_RIGHT,
  replace({ Regex: " {2,}" }, "▁"),
];

const ROBERTA_OPTIONS: UnigramOptions = { clsToken: "<s>", sepToken: "</s>", template: robertaTemplate("<s>", "</s>") };

export const FAMILIES: Readonly<Record<SentencePieceFamily, Family>> = {
  albert: {
    // A number and a comma are two tokens, if there are any others to cut them into.
    pieces: ({ pieces }) => pieces.map(({ piece, score }) => [piece, endsInDigitAndComma(piece) ? score - 100 : score]),
    unkId: ({ unkId }) => unkId,
    normalizer: (precompiled, { doLowerCase, keepAccents }) => [
      replace({ String: "``" }, '"'),
      replace({ String: "''" }, '"'),
      ...(keepAccents ? [] : [{ type: "NFKD" } as const, { type: "StripAccents" } as const]),
      ...(doLowerCase ? [{ type: "Lowercase" } as const] : []),
      ...precompiled,
      replace({ Regex: " {2,}" }, " "),
    ],
    options: {
      clsToken: "[CLS]",
      sepToken: "[SEP]",
      maskToken: "[MASK]",
      template: bertTemplate("[CLS]", "[SEP]"),
    },
    specialTokens: [],
  },
  "xlm-roberta": {
    // fairseq's order: <unk>, <s> and </s> of the file make room for four tokens.
    pieces: ({ pieces }) => [
      ...scored(0, "<s>", "<pad>", "</s>", "<unk>"),
      ...pieces.slice(3).map(({ piece, score }): ScoredPiece => [piece, score]),
      ...scored(0, "<mask>"),
    ],
    unkId: () => 3,
    normalizer: cleanSpaces,
    options: ROBERTA_OPTIONS,
    specialTokens: [],
  },
  camembert: {
    // Tokens of fairseq's, then the file's own but for its <unk>.
    pieces: ({ pieces }) => [
      ...scored(0, "<s>NOTUSED", "<pad>", "</s>NOTUSED", "<unk>"),
      ...scored(-100, "<unk>NOTUSED"),
      ...pieces.slice(1).map(({ piece, score }): ScoredPiece => [piece, score]),
      ...scored(0, "<mask>"),
    ],
    unkId: () => 3,
    normalizer: cleanSpaces,
    options: ROBERTA_OPTIONS,
    specialTokens: special("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"),
  },
};

function scored(score: number, ...pieces: readonly string[]): ScoredPiece[] {
  return pieces.map((piece) => [piece, score]);
}

// SentencePiece's own unigram tokenizer on strings (EncodeOptimized and Decode of its C++ library 0.2.3), which the slow tokenizers of the reference call. It
// differs from the fast ones in its normalisation, in how unknown characters and user-defined symbols are scored, and in sums of 32 bits.
import type { ModelPiece, PieceType, SentencePieceModel } from "../../files/sentencepiece/model.ts";
import { PieceTrie } from "./piece-trie.ts";
import { charLength, NormalizationRules } from "./rules.ts";

/** How much less probable an unknown character is than the least probable piece. */
const UNKNOWN_PENALTY = 10;
/** What stands for the unknown token in a text. */
const UNKNOWN_SURFACE = " ⁇ ";
/** What a user-defined symbol has for each byte but the first, so that it is always chosen. */
const SYMBOL_BONUS = 0.1;
const LARGEST_FLOAT = 3.4028234663852886e38;
/** A sum beyond this is taken from itself and from those that follow, to keep its precision. */
const LARGEST_SUM = 100_000;

/** The best way to a byte: its score, where its last piece begins, and whether that is unknown. */
interface Ways {
  readonly scores: Float32Array;
  readonly starts: Int32Array;
  readonly isUnknown: Uint8Array;
}

export class SentencePieceProcessor {
  readonly #model: SentencePieceModel;
  readonly #rules: NormalizationRules;
  /** The pieces that a text is cut into. */
  readonly #pieces: readonly ModelPiece[];
  readonly #trie: PieceTrie;
  readonly #unknownScore: number;
  readonly #types: ReadonlyMap<string, PieceType>;

  constructor(model: SentencePieceModel) {
    this.#model = model;
    this.#rules = new NormalizationRules(model);
    this.#pieces = model.pieces.filter(({ type }) => type === "normal" || type === "user-defined");
    this.#trie = new PieceTrie(this.#pieces);
    this.#types = new Map(model.pieces.map(({ piece, type }) => [piece, type]));
    const scores = model.pieces.filter(({ type }) => type === "normal").map(({ score }) => score);
    this.#unknownScore = scores.reduce((least, score) => Math.min(least, score), LARGEST_FLOAT) - UNKNOWN_PENALTY;
  }

  /** The pieces of a text. Unknown characters side by side are one, as they are written. */
  encode(text: string): string[] {
    const bytes = this.#rules.apply(text);
    const { starts, isUnknown } = this.#findBest(bytes);
    const pieces: string[] = [];
    // The way leads back from the end.
    for (let end = bytes.length; end > 0; ) {
      let start = starts[end]!;
      if (isUnknown[end]) while (start > 0 && isUnknown[start]) start = starts[start]!;
      pieces.push(DECODER.decode(bytes.subarray(start, end)));
      end = start;
    }
    return pieces.reverse();
  }

  /** The text of pieces. */
  decode(pieces: readonly string[]): string {
    const { addsDummyPrefix, removesExtraSpaces } = this.#model;
    let text = "";
    let isStart = true;
    let tookMark = false;
    for (const piece of pieces) {
      if (tookMark || text !== "") isStart = false;
      tookMark = false;
      const type = this.#types.get(piece);
      if (type === "control") continue;
      if (type === "unknown") {
        text += UNKNOWN_SURFACE;
        continue;
      }
      // A piece that the model does not have is written as it is.
      if (type === undefined) {
        text += piece;
        continue;
      }
      const takesMark = isStart && (addsDummyPrefix || removesExtraSpaces) && piece.startsWith("▁");
      tookMark = takesMark && !removesExtraSpaces;
      text += piece.slice(takesMark ? 1 : 0).replaceAll("▁", " ");
    }
    return text;
  }

  #findBest(bytes: Uint8Array): Ways {
    const scores = new Float32Array(bytes.length + 1);
    const starts = new Int32Array(bytes.length + 1).fill(-1);
    const isUnknown = new Uint8Array(bytes.length + 1);
    let frontier = 0;
    for (let at = 0; at < bytes.length; ) {
      if (Math.abs(scores[at]!) > LARGEST_SUM) subtract(scores, scores[at]!, at, frontier);
      const here = scores[at]!;
      const next = Math.min(at + charLength(bytes[at]!), bytes.length);
      let hasPiece = false;
      const offer = (score: number, end: number, unknown: number): void => {
        frontier = Math.max(frontier, end);
        const sum = Math.fround(here + Math.fround(score));
        if (starts[end]! >= 0 && sum <= scores[end]!) return;
        scores[end] = sum;
        starts[end] = at;
        isUnknown[end] = unknown;
      };
      this.#trie.matches(bytes, at, (index, end) => {
        const { type, score } = this.#pieces[index]!;
        offer(type === "user-defined" ? SYMBOL_BONUS * (end - at - 1) : score, end, 0);
        if (end === next) hasPiece = true;
      });
      if (!hasPiece) offer(this.#unknownScore, next, 1);
      at = next;
    }
    return { scores, starts, isUnknown };
  }
}

/** Takes `offset` from scores[from, to]. */
function subtract(scores: Float32Array, offset: number, from: number, to: number): void {
  for (let i = from; i <= to; i++) scores[i] = scores[i]! - offset;
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

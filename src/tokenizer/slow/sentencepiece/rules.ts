// What a SentencePiece model does to a text before it is cut, as the library itself does it: the longest rule that matches is applied, user-defined symbols
// stay, and spaces become marks.
import type { SentencePieceModel } from "../../files/sentencepiece/model.ts";
import { PieceTrie } from "./piece-trie.ts";

const SPACE = 0x20;
/** ▁ in UTF-8. */
const MARK = [0xe2, 0x96, 0x81] as const;

export class NormalizationRules {
  readonly #model: SentencePieceModel;
  readonly #symbols: PieceTrie;
  readonly #units: Int32Array;
  readonly #replacements: Uint8Array;

  constructor(model: SentencePieceModel) {
    this.#model = model;
    this.#symbols = new PieceTrie(model.pieces.filter(({ type }) => type === "user-defined"));
    const charsmap = model.charsmap ?? new Uint8Array(4);
    const view = new DataView(charsmap.buffer, charsmap.byteOffset, charsmap.byteLength);
    const size = view.getUint32(0, true);
    this.#units = Int32Array.from({ length: size / 4 }, (_, i) => view.getInt32(4 + 4 * i, true));
    this.#replacements = charsmap.subarray(4 + size);
  }

  /** The normalised text in UTF-8. */
  apply(text: string): Uint8Array {
    const source = ENCODER.encode(text);
    const { addsDummyPrefix, removesExtraSpaces } = this.#model;
    let at = removesExtraSpaces ? this.#skipSpaces(source) : 0;
    if (at === source.length) return new Uint8Array();
    const out: number[] = addsDummyPrefix ? [...MARK] : [];
    let isAfterSpace = removesExtraSpaces;
    while (at < source.length) {
      const { bytes, consumed } = this.#next(source, at);
      let from = 0;
      while (isAfterSpace && bytes[from] === SPACE) from++;
      for (let i = from; i < bytes.length; i++) {
        if (bytes[i] === SPACE) out.push(...MARK);
        else out.push(bytes[i]!);
      }
      if (from < bytes.length) isAfterSpace = removesExtraSpaces && bytes.at(-1) === SPACE;
      at += consumed;
    }
    let end = out.length;
    if (removesExtraSpaces) while (end > 0 && endsInMark(out, end)) end -= MARK.length;
    return Uint8Array.from(out.slice(0, end));
  }

  /** How many bytes at the beginning are white space, which becomes single spaces. */
  #skipSpaces(source: Uint8Array): number {
    let at = 0;
    while (at < source.length) {
      const { bytes, consumed } = this.#next(source, at);
      if (bytes.length !== 1 || bytes[0] !== SPACE) break;
      at += consumed;
    }
    return at;
  }

  /** What stands for the beginning of source[at …], and how much of it. */
  #next(source: Uint8Array, at: number): { bytes: Uint8Array; consumed: number } {
    const symbol = this.#symbols.longestAt(source, at);
    if (symbol > 0) return { bytes: source.subarray(at, at + symbol), consumed: symbol };
    const rule = this.#longestRule(source, at);
    if (rule) return rule;
    const consumed = charLength(source[at]!);
    return { bytes: source.subarray(at, at + consumed), consumed };
  }

  #longestRule(source: Uint8Array, at: number): { bytes: Uint8Array; consumed: number } | undefined {
    const units = this.#units;
    if (units.length === 0) return undefined;
    let found: { value: number; consumed: number } | undefined;
    let node = childrenOf(units[0]!);
    for (let end = at; end < source.length; ) {
      const byte = source[end++]!;
      node ^= byte;
      const unit = units[node];
      if (byte === 0 || unit === undefined || (unit & 0x800000ff) !== byte) break;
      node ^= childrenOf(unit);
      if ((unit >>> 8) & 1) found = { value: (units[node] ?? 0) & 0x7fffffff, consumed: end - at };
    }
    return found && { bytes: this.#replacementAt(found.value), consumed: found.consumed };
  }

  #replacementAt(start: number): Uint8Array {
    const end = this.#replacements.indexOf(0, start);
    return this.#replacements.subarray(start, end < 0 ? undefined : end);
  }
}

/** How far a unit of the trie (darts-clone's) is from its children. */
function childrenOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function endsInMark(bytes: readonly number[], end: number): boolean {
  return bytes[end - 3] === MARK[0] && bytes[end - 2] === MARK[1] && bytes[end - 1] === MARK[2];
}

/** The bytes of a character that begins with this one. */
export function charLength(byte: number): number {
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

const ENCODER = new TextEncoder();

// SentencePiece's precompiled normalisation: a double-array trie (darts-clone) of the strings that are replaced, and what replaces them.
import { BertletError } from "../../errors.ts";
import { type AlignedText, push, toText } from "./aligned-text.ts";

/** Graphemes of fewer bytes are looked up as a whole, as in the tokenizers library. */
const LARGEST_GRAPHEME = 5;

/** Characters that can join the one before or after them to one grapheme. A text without them has a grapheme for each character. */
const JOINS =
  /[\p{M}\p{Cf}\p{Emoji_Modifier}\p{Regional_Indicator}\u0e33\u0eb3\u1100-\u11ff\ua960-\ua97f\uac00-\ud7ff\u{111c2}\u{111c3}]|\r\n/u;

/** Replaces characters and short graphemes. */
export class Charsmap {
  readonly #units: Int32Array;
  readonly #replacements: Uint8Array;
  /** By string: what replaces it; null for what stays. */
  readonly #known = new Map<string, readonly number[] | null>();
  /** By character of the first plane: whether it is known to stay, and to join no other. */
  readonly #stays = new Uint8Array(0x10000);
  #graphemes: Intl.Segmenter | undefined;

  /**
   * @param bytes the trie's size in bytes (uint32), the trie, and the replacements, each ended by a zero
   * @throws BertletError `invalid_checkpoint` for another layout
   */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = bytes.length < 4 ? 0 : view.getUint32(0, true);
    if (size === 0 || size % 4 !== 0 || size + 4 > bytes.length)
      throw new BertletError("invalid_checkpoint", "the tokenizer's precompiled normalisation is damaged");
    this.#units = Int32Array.from({ length: size / 4 }, (_, i) => view.getInt32(4 + 4 * i, true));
    this.#replacements = bytes.subarray(4 + size);
  }

  apply(text: AlignedText): AlignedText {
    if (text.chars.every((cp) => this.#staysAlone(cp))) return text;
    const whole = toText(text);
    const changed = new Changes();
    const putCharacter = (cp: number): void => changed.put(1, this.#find(String.fromCodePoint(cp)) ?? [cp]);
    if (JOINS.test(whole)) {
      this.#graphemes ??= new Intl.Segmenter("en", { granularity: "grapheme" });
      for (const { segment } of this.#graphemes.segment(whole)) {
        const cps = Array.from(segment, (char) => char.codePointAt(0)!);
        const found = cps.length > 1 && utf8Length(segment) <= LARGEST_GRAPHEME ? this.#find(segment) : null;
        if (found) changed.put(cps.length, found);
        else for (const cp of cps) putCharacter(cp);
      }
    } else for (const cp of text.chars) putCharacter(cp);
    return changed.align(text);
  }

  #staysAlone(cp: number): boolean {
    if (this.#stays[cp]) return true;
    const char = String.fromCodePoint(cp);
    if (this.#find(char) !== null || JOINS.test(char) || cp === 0x0d) return false;
    this.#stays[cp] = 1;
    return true;
  }

  #find(part: string): readonly number[] | null {
    let found = this.#known.get(part);
    if (found === undefined) {
      found = this.#lookUp(part);
      if (this.#known.size < 1 << 14) this.#known.set(part, found);
    }
    return found;
  }

  /** What the shortest entry that `part` begins with is replaced by: the library takes the first match, whatever follows it. */
  #lookUp(part: string): readonly number[] | null {
    const units = this.#units;
    let node = offset(units[0]!);
    for (const byte of ENCODER.encode(part)) {
      if (byte === 0) return null;
      node ^= byte;
      const unit = units[node];
      if (unit === undefined || (unit & 0x800000ff) !== byte) return null;
      node ^= offset(unit);
      if ((unit >>> 8) & 1) return this.#replacementAt((units[node] ?? 0) & 0x7fffffff);
    }
    return null;
  }

  #replacementAt(start: number): readonly number[] {
    const end = this.#replacements.indexOf(0, start);
    const bytes = this.#replacements.slice(start, end < 0 ? undefined : end);
    return Array.from(DECODER.decode(bytes), (char) => char.codePointAt(0)!);
  }
}

/**
 * The characters of a new text, each with how it came about, as in the tokenizers library: 0 for one in place of one of the old text, 1 for one
 * that was added, −n for one in place of n + 1.
 */
class Changes {
  readonly #chars: number[] = [];
  readonly #changes: number[] = [];

  /** Puts `written` in place of the next `count` characters. */
  put(count: number, written: readonly number[]): void {
    for (const [i, cp] of written.entries()) {
      this.#chars.push(cp);
      this.#changes.push(i < count ? 0 : 1);
    }
    // Characters that are removed count for the one before them. As in the library, there is none at the beginning: they are forgotten, and what
    // follows is taken for what stood there.
    const removed = count - written.length;
    if (removed > 0 && this.#changes.length > 0) this.#changes[this.#changes.length - 1]! -= removed;
  }

  /** The new text, with sources in the old one. */
  align({ starts, ends }: AlignedText): AlignedText {
    const out: AlignedText = { chars: [], starts: [], ends: [] };
    let next = 0;
    for (const [i, cp] of this.#chars.entries()) {
      const change = this.#changes[i]!;
      const at = change > 0 ? Math.max(next - 1, 0) : next;
      push(out, cp, starts[at]!, ends[at]!);
      if (change <= 0) next += 1 - change;
    }
    return out;
  }
}

/** How far a unit of the trie is from its children. */
function offset(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function utf8Length(text: string): number {
  return ENCODER.encode(text).length;
}

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

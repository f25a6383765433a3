// A normalised text as a string, with the source of each of its units. Used only to find added tokens in normalised text;
// the hot path (wordpiece.ts) makes no such string.
import { DROP, EXPAND, HANGUL, IDEOGRAPH, type NormalizerTable, SPACE } from "../unicode.ts";

/** Unit i of `text` came from source[starts[i], ends[i]). */
export interface NormalizedText {
  readonly text: string;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

export function normalizeText(source: string, { pages, entries, expansions }: NormalizerTable): NormalizedText {
  const starts: number[] = [];
  const ends: number[] = [];
  let text = "";
  let at = 0;
  for (const char of source.toWellFormed()) {
    const cp = char.codePointAt(0)!;
    const entry = entries[(pages[cp >> 8]! << 8) | (cp & 255)]!;
    const operand = entry >> 3;
    const kind = entry & 7;
    let written = "";
    if (kind === SPACE) written = " ";
    else if (kind === HANGUL) written = char.normalize("NFD");
    else if (kind === EXPAND) {
      written = String.fromCodePoint(...expansions.subarray(operand + 1, operand + 1 + expansions[operand]!));
    } else if (kind !== DROP) written = String.fromCodePoint(cp + operand);
    if (kind === IDEOGRAPH) written = ` ${written} `;
    for (let i = 0; i < written.length; i++) {
      starts.push(at);
      ends.push(at + char.length);
    }
    text += written;
    at += char.length;
  }
  return { text, starts, ends };
}

// A text on its way through the steps of a normaliser, each of its characters with the source that it came from: what the tokenizers library
// calls a NormalizedString.

/** Code point i came from the UTF-16 units [starts[i], ends[i]) of the source. */
export interface AlignedText {
  readonly chars: number[];
  readonly starts: number[];
  readonly ends: number[];
}

/** text[from, to), each character its own source. A lone surrogate counts as U+FFFD, as a conversion to UTF-8 would write it. */
export function alignText(text: string, from: number, to: number): AlignedText {
  const aligned: AlignedText = { chars: [], starts: [], ends: [] };
  for (let at = from; at < to; ) {
    let cp = text.codePointAt(at)!;
    const end = cp > 0xffff && at + 1 < to ? at + 2 : at + 1;
    if (cp >= 0xd800 && (cp < 0xe000 || (cp > 0xffff && end === at + 1))) cp = 0xfffd;
    push(aligned, cp, at, end);
    at = end;
  }
  return aligned;
}

export function push({ chars, starts, ends }: AlignedText, cp: number, start: number, end: number): void {
  chars.push(cp);
  starts.push(start);
  ends.push(end);
}

/** Appends characters [first, last) of `source`. */
export function copy(out: AlignedText, source: AlignedText, first: number, last: number): void {
  for (let i = first; i < last; i++) push(out, source.chars[i]!, source.starts[i]!, source.ends[i]!);
}

/**
 * Appends `written` in place of the characters [first, last) of `source`: one for one, and what is over has the source of the last of them, as
 * in the library's `transform`.
 */
export function replace(
  out: AlignedText,
  source: AlignedText,
  first: number,
  last: number,
  written: readonly number[],
): void {
  for (const [i, cp] of written.entries()) {
    const from = Math.min(first + i, last - 1);
    push(out, cp, source.starts[from]!, source.ends[from]!);
  }
}

/** The characters as a string. */
export function toText({ chars }: AlignedText): string {
  let text = "";
  for (let i = 0; i < chars.length; i += 4096) text += String.fromCodePoint(...chars.slice(i, i + 4096));
  return text;
}

// A text on its way through the steps of a normaliser, each of its characters with the source that it came from: what the tokenizers library
// calls a NormalizedString.

/** Code point i came from the UTF-16 units [starts[i], ends[i]) of the source. */
export interface AlignedText {
  readonly chars: number[];
  readonly starts: number[];
  readonly ends: number[];
  /** The characters as a string, where that is known. */
  readonly text?: string;
}

/** text[from, to), each character its own source. A lone surrogate counts as U+FFFD, as a conversion to UTF-8 would write it. */
export function alignText(text: string, from: number, to: number): AlignedText {
  const source = text.slice(from, to).toWellFormed();
  const aligned: AlignedText = { chars: [], starts: [], ends: [], text: source };
  for (let at = 0; at < source.length; ) {
    const unit = source.charCodeAt(at);
    const isPair = (unit & 0xfc00) === 0xd800;
    const end = at + (isPair ? 2 : 1);
    push(aligned, isPair ? source.codePointAt(at)! : unit, from + at, from + end);
    at = end;
  }
  return aligned;
}

export function push({ chars, starts, ends }: AlignedText, cp: number, start: number, end: number): void {
  chars.push(cp);
  starts.push(start);
  ends.push(end);
}

/** Characters [first, last). */
export function slice({ chars, starts, ends }: AlignedText, first: number, last: number): AlignedText {
  return { chars: chars.slice(first, last), starts: starts.slice(first, last), ends: ends.slice(first, last) };
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
export function toText({ chars, text: known }: AlignedText): string {
  if (known !== undefined) return known;
  let text = "";
  for (let i = 0; i < chars.length; i += 4096) text += String.fromCodePoint(...chars.slice(i, i + 4096));
  return text;
}

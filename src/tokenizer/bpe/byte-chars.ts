// GPT-2's alphabet: every byte as a character that can be seen, so that a token of any bytes is a string.

const isVisible = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

/** The character of each byte: itself if it is visible, otherwise the next free one from U+0100 on. */
export const BYTE_CHARS: readonly string[] = alphabet();

/** What a space is written as: Ġ. */
export const SPACE_CHAR = BYTE_CHARS[0x20]!;

function alphabet(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isVisible(byte) ? byte : next++));
}

const BYTES: ReadonlyMap<string, number> = new Map(BYTE_CHARS.map((char, byte) => [char, byte]));

/** The text of tokens in the alphabet, end to end; bytes that are not UTF-8 become U+FFFD. A token of other characters stands for itself. */
export function fromByteChars(tokens: readonly string[]): string {
  const bytes = tokens.flatMap((token) => {
    const own = Array.from(token, (char) => BYTES.get(char));
    return own.every((byte) => byte !== undefined) ? own : Array.from(new TextEncoder().encode(token));
  });
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

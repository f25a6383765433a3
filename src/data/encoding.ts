// The text of a file, and which encoding it turned out to have.
import { invalid } from "./table.ts";

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

export interface Decoded {
  readonly text: string;
  readonly encoding: Encoding;
  /** Whether a byte order mark said so. It is no part of the text. */
  readonly byteOrderMark: boolean;
}

const MARKS: readonly (readonly [encoding: Encoding, mark: readonly number[]])[] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/**
 * By the byte order mark if there is one; else UTF-16 if every other byte of the beginning is mostly 0; else UTF-8 if it is valid; else
 * Windows-1252, of which Latin-1 is a part.
 * @throws BertletError `invalid_input` for bytes that are not what their byte order mark says, and for bytes that are no text
 * @example
 * decodeText(Uint8Array.of(0x73, 0x63, 0x68, 0xf6, 0x6e)); // { text: "schön", encoding: "windows-1252", byteOrderMark: false }
 */
export function decodeText(bytes: Uint8Array): Decoded {
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => bytes[index] === byte))?.[0];
  const wide = marked ?? utf16Of(bytes);
  const text = decodeAs(wide ?? "utf-8", bytes);
  if (text === undefined && wide) throw invalid(`the file begins as ${wide}, and is not valid ${wide}`);
  if (text === undefined && bytes.includes(0)) throw invalid("the file is not a text");
  if (text !== undefined) return { text, encoding: wide ?? "utf-8", byteOrderMark: marked !== undefined };
  return { text: new TextDecoder("windows-1252").decode(bytes), encoding: "windows-1252", byteOrderMark: false };
}

function decodeAs(encoding: Encoding, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

// Enough for a header and a row.
const LOOKED_AT = 512;

/** UTF-16 without a mark: texts in Latin letters have a 0 in every other byte, on one side only. */
function utf16Of(bytes: Uint8Array): Encoding | undefined {
  const head = bytes.subarray(0, LOOKED_AT);
  const zeros = [0, 0];
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index % 2]!++;
  const [even = 0, odd = 0] = zeros;
  const most = head.length / 2;
  if (odd > 0.6 * most && even < 0.1 * most) return "utf-16le";
  return even > 0.6 * most && odd < 0.1 * most ? "utf-16be" : undefined;
}

/** What to say of an encoding that may surprise; nothing for UTF-8, and for what a byte order mark says. */
export function encodingNotes({ encoding, byteOrderMark }: Omit<Decoded, "text">): readonly string[] {
  if (encoding === "windows-1252") return ["the file is not UTF-8, and was read as Windows-1252"];
  return encoding === "utf-8" || byteOrderMark
    ? []
    : [`the file has no byte order mark, and was read as ${encoding.toUpperCase()}`];
}

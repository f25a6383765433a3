// Files in the encodings that spreadsheets and scripts write.
import { describe, expect, test } from "vitest";
import { decodeText, encodingNotes } from "../../src/data/encoding.ts";
import { expectError } from "../expect-error.ts";

const TEXT = "text,label\nschön,gut\n";

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let index = 0; index < text.length; index++) view.setUint16(2 * index, text.charCodeAt(index), littleEndian);
  return new Uint8Array(view.buffer);
}

describe("an encoding is found", () => {
  test.each([
    ["UTF-8", new TextEncoder().encode(TEXT), "utf-8", false],
    ["UTF-8 with a mark", new TextEncoder().encode(`\uFEFF${TEXT}`), "utf-8", true],
    ["UTF-16LE with a mark", utf16(`\uFEFF${TEXT}`, true), "utf-16le", true],
    ["UTF-16BE with a mark", utf16(`\uFEFF${TEXT}`, false), "utf-16be", true],
    ["UTF-16LE without a mark", utf16(TEXT, true), "utf-16le", false],
    ["UTF-16BE without a mark", utf16(TEXT, false), "utf-16be", false],
    ["Latin-1", Uint8Array.from(TEXT, (character) => character.charCodeAt(0)), "windows-1252", false],
  ] as const)("%s", (_, bytes, encoding, byteOrderMark) => {
    expect(decodeText(bytes)).toEqual({ text: TEXT, encoding, byteOrderMark });
  });
});

test("what was assumed is said, and what was told is not", () => {
  expect(encodingNotes({ encoding: "utf-8", byteOrderMark: false })).toEqual([]);
  expect(encodingNotes({ encoding: "utf-16le", byteOrderMark: true })).toEqual([]);
  expect(encodingNotes({ encoding: "utf-16le", byteOrderMark: false })).toEqual([
    "the file has no byte order mark, and was read as UTF-16LE",
  ]);
  expect(encodingNotes({ encoding: "windows-1252", byteOrderMark: false })).toEqual([
    "the file is not UTF-8, and was read as Windows-1252",
  ]);
});

test("an empty file is an empty text", () => {
  expect(decodeText(new Uint8Array())).toEqual({ text: "", encoding: "utf-8", byteOrderMark: false });
});

test("bytes that are not what their mark says, and bytes that are no text, are refused", async () => {
  await expectError(() => decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0xff)), "invalid_input", "not valid utf-8");
  await expectError(() => decodeText(Uint8Array.of(0xff, 0xfe, 0x61)), "invalid_input", "not valid utf-16le");
  await expectError(() => decodeText(Uint8Array.of(1, 2, 0xff, 0xd8, 0, 5, 6, 7, 8, 9)), "invalid_input", "not a text");
});

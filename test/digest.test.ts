// sha256 against the published examples of the standard (FIPS 180-4).
import { expect, it } from "vitest";
import { sha256 } from "../src/digest.ts";

it.each([
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
])("sha256 of %j", async (text, digest) => {
  expect(await sha256(new TextEncoder().encode(text))).toBe(digest);
});

it("sha256 reads a part of a buffer and no more", async () => {
  const part = new TextEncoder().encode("xabcx").subarray(1, 4);
  expect(await sha256(part)).toBe(await sha256(new TextEncoder().encode("abc")));
});

// UTF-8, code point by code point, for scanners that know where every byte came from.

/** Writes a code point at bytes[at …] and returns the index behind it. */
export function writeUtf8(cp: number, bytes: Uint8Array, at: number): number {
  let end = at;
  if (cp < 0x80) bytes[end++] = cp;
  else {
    if (cp < 0x800) bytes[end++] = 0xc0 | (cp >> 6);
    else {
      if (cp < 0x10000) bytes[end++] = 0xe0 | (cp >> 12);
      else {
        bytes[end++] = 0xf0 | (cp >> 18);
        bytes[end++] = 0x80 | ((cp >> 12) & 63);
      }
      bytes[end++] = 0x80 | ((cp >> 6) & 63);
    }
    bytes[end++] = 0x80 | (cp & 63);
  }
  return end;
}

// Texts to calibrate on from a file, a text a line, plain or gzip: some of them, spread evenly over all.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

const GZIP = [0x1f, 0x8b];

/** Lines with nothing but spaces are no texts. */
export async function readTexts(path: string, count: number): Promise<string[]> {
  const file = await readFile(path);
  const plain = GZIP.every((byte, i) => file[i] === byte) ? gunzipSync(file) : file;
  const texts = plain
    .toString()
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  if (texts.length <= count) return texts;
  return Array.from({ length: count }, (_, i) => texts[Math.floor(((i + 0.5) * texts.length) / count)]!);
}

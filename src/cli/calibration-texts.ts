// Calibration texts from a file, plain or gzip, one per line.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

const GZIP = [0x1f, 0x8b];

/** The file's non-blank lines, as {@link spread} chooses them. */
export async function readTexts(path: string, count: number): Promise<string[]> {
  const file = await readFile(path);
  const plain = GZIP.every((byte, i) => file[i] === byte) ? gunzipSync(file) : file;
  const texts = plain
    .toString()
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");
  return spread(texts, count);
}

/** `count` of the texts, spread evenly over all of them; every text if there are fewer. */
export function spread<T>(texts: readonly T[], count: number): T[] {
  if (texts.length <= count) return [...texts];
  return Array.from({ length: count }, (_, i) => texts[Math.floor(((i + 0.5) * texts.length) / count)]!);
}

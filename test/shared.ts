// Data beside the project that may not be part of it. Absent in a fresh clone: tests that need it skip and say so.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

/** A gzipped text file under ../shared, or undefined where there is none. */
export async function readShared(path: string): Promise<string | undefined> {
  const bytes = await readFile(`../shared/${path}`).catch(() => undefined);
  return bytes && gunzipSync(bytes).toString();
}

// GoEmotions, the comments with a single label: 27 emotions.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { readExamples } from "../../src/train/read-examples.ts";
import type { Labelled } from "./banking77.ts";

export async function goEmotions(part: "train" | "test"): Promise<readonly Labelled[]> {
  const bytes = gunzipSync(await readFile(`../shared/data/goemotions_single/${part}.tsv.gz`));
  return readExamples(bytes, { format: "tsv" }).examples as readonly Labelled[];
}

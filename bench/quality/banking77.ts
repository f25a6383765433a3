// BANKING77: what customers of a bank ask, with 77 labels.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { mulberry32 } from "../../src/random.ts";
import { readExamples } from "../../src/train/read-examples.ts";

export interface Labelled {
  readonly text: string;
  readonly label: string;
}

export async function banking77(part: "train" | "test"): Promise<readonly Labelled[]> {
  const bytes = gunzipSync(await readFile(`../shared/data/banking77/${part}.csv.gz`));
  return readExamples(bytes, { format: "csv" }).examples as readonly Labelled[];
}

/** So many examples of each label, by the draw's own seed. */
export function drawShots(
  examples: readonly Labelled[],
  names: readonly string[],
  shots: number,
  seed: number,
): Labelled[] {
  const random = mulberry32(seed);
  return names.flatMap((name) =>
    examples
      .filter(({ label }) => label === name)
      .map((example) => [random(), example] as const)
      .toSorted(([a], [b]) => a - b)
      .slice(0, shots)
      .map(([, example]) => example),
  );
}

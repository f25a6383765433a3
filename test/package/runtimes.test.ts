// The published packages in every runtime: installed from their tarballs in an empty folder, they answer as the sources do here.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { BertForSequenceClassification } from "../../src/index.ts";
import { type Folder, install, makeFolder } from "./folder.ts";
import { RUNTIMES } from "./runtimes.ts";

interface Answers {
  readonly classify: { label: string; score: number }[][];
  readonly entities: unknown[][];
  readonly embed: number[][];
  readonly tokenize: number[][];
}

let folder: Folder;
let expected: Readonly<Record<"relaxed" | "baseline", Answers>>;

beforeAll(async () => {
  const { library, model } = inject("tarballs");
  folder = await makeFolder("answers.js", "main.js", "pool.js", "worker.js", "wrangler.toml", "index.html", "page.js");
  await install(folder, library, model);
  const answersOf = async (build: string) => JSON.parse(await folder.run(process.execPath, "main.js", build));
  expected = { relaxed: await answersOf("relaxed"), baseline: await answersOf("baseline") };
});
afterAll(() => folder[Symbol.asyncDispose]());

it("The package's scores are those of the sources", async () => {
  const file = await readFile("models/minilm-l6-heads/model.safetensors");
  const model = await BertForSequenceClassification.fromPretrained(file, { head: "sentiment" });
  const [labels] = await model.classify(["A delight from start to finish!"]);
  expect(expected.relaxed.classify[0]).toEqual(labels);
});

it("docs/runtimes.md lists the runtimes that are tested", async () => {
  const rows = (await readFile("docs/runtimes.md", "utf8")).split("\n").filter((line) => line.startsWith("| "));
  const names = rows.map((row) => row.split("|")[1]!.trim());
  expect(names.slice(2)).toEqual(RUNTIMES.map(({ name }) => name));
});

describe.each(RUNTIMES)("$name", ({ name, missing, fused, run }) => {
  it("classifies, finds entities, embeds and tokenizes with the same numbers", async ({ skip }) => {
    if (missing) skip(missing);
    const answers: Answers = JSON.parse(await run(folder));
    const reference = fused ? expected.relaxed : expected.baseline;
    expect(rounded(answers)).toEqual(rounded(reference));
    console.log(`${name}: largest difference ${largestDifference(answers, reference).toExponential(0)}`);
    expect(largestDifference(answers, reference)).toBeLessThanOrEqual(1e-6);
  });
});

/** The answers with every fraction removed, for names, labels and structure to be compared. */
function rounded(answers: Answers): unknown {
  return JSON.parse(JSON.stringify(answers, (_, value) => (typeof value === "number" ? Math.trunc(value) : value)));
}

function largestDifference(a: Answers, b: Answers): number {
  const [left, right] = [numbers(a), numbers(b)];
  expect(left.length).toBe(right.length);
  return Math.max(...left.map((value, i) => Math.abs(value - right[i]!)));
}

function numbers(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbers) : [];
}

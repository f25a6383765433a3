// The labelled data that quality is measured on, from ../shared/data. Reads and samples; scores nothing.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

const ROOT = new URL("../../../shared/data/", import.meta.url);

async function lines(path: string): Promise<string[]> {
  const text = gunzipSync(await readFile(new URL(path, ROOT))).toString();
  return text.trimEnd().split("\n");
}

async function json<T>(path: string): Promise<T> {
  return JSON.parse(gunzipSync(await readFile(new URL(path, ROOT))).toString()) as T;
}

/** `count` items spread evenly over all. */
export function sample<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]!);
}

export interface Labelled<Input> {
  readonly input: Input;
  readonly gold: string;
}

/** GLUE SST-2 dev: sentences, POSITIVE or NEGATIVE. */
export async function sst2(): Promise<Labelled<string>[]> {
  const rows = (await lines("sst2_glue/glue_dev.tsv.gz")).slice(1).map((line) => line.split("\t"));
  return rows.map(([input, label]) => ({ input: input!, gold: label === "1" ? "POSITIVE" : "NEGATIVE" }));
}

/** CLINC150 test, out-of-scope queries among them. */
export async function clinc150(): Promise<Labelled<string>[]> {
  const { test, oos_test } = await json<Record<string, [string, string][]>>("clinc150/data_full.json.gz");
  return [...test!, ...oos_test!].map(([input, gold]) => ({ input, gold }));
}

/** STS-B test: pairs and how alike people find them, 0 to 5. */
export async function stsb(): Promise<{ pair: [string, string]; gold: number }[]> {
  const rows = (await lines("stsb/sts-test.csv.gz")).map((line) => line.split("\t"));
  return rows.map((row) => ({ gold: Number(row[4]), pair: [row[5]!, row[6]!] }));
}

export interface Tagged {
  readonly words: readonly string[];
  /** BIO tags, one a word. */
  readonly tags: readonly string[];
}

/** SNIPS, its test part when left out: queries with their slots. */
export async function snips(part = "test"): Promise<Tagged[]> {
  const [words, tags] = await Promise.all(["seq.in", "seq.out"].map((name) => lines(`snips/${part}/${name}.gz`)));
  return words!.map((line, i) => ({ words: line.trim().split(/\s+/), tags: tags![i]!.trim().split(/\s+/) }));
}

/** WikiGold: sentences with PER, ORG, LOC and MISC, its IO tags turned to BIO. */
export async function wikigold(): Promise<Tagged[]> {
  const blocks = (await lines("ner_wikigold/wikigold.conll.txt.gz")).join("\n").split(/\n\s*\n/);
  return blocks.map((block) => {
    const rows = block.split("\n").map((line) => line.trim().split(" "));
    const tags = rows.map(([, tag = "O"], i) => {
      const previous = i > 0 ? rows[i - 1]![1] : "O";
      return tag.startsWith("I-") && previous !== tag ? `B-${tag.slice(2)}` : tag;
    });
    return { words: rows.map(([word]) => word!), tags };
  });
}

export interface Question {
  readonly question: string;
  readonly context: string;
  readonly answers: readonly string[];
}

interface Squad {
  readonly data: readonly {
    readonly paragraphs: readonly {
      readonly context: string;
      readonly qas: readonly { readonly question: string; readonly answers: readonly { readonly text: string }[] }[];
    }[];
  }[];
}

/** SQuAD v1.1 dev. */
export async function squad(): Promise<Question[]> {
  const { data } = await json<Squad>("squad/dev-v1.1.rebuilt.json.gz");
  return data.flatMap(({ paragraphs }) =>
    paragraphs.flatMap(({ context, qas }) =>
      qas.map(({ question, answers }) => ({ question, context, answers: answers.map(({ text }) => text) })),
    ),
  );
}

/** Sentences of SQuAD's dev passages, a list a passage: none was seen in training. */
export async function sentences(): Promise<string[][]> {
  const { data } = await json<Squad>("squad/dev-v1.1.rebuilt.json.gz");
  const passages = data.flatMap(({ paragraphs }) => paragraphs.map(({ context }) => context));
  return passages.map((passage) => passage.split(/(?<=[.!?]) +(?=[A-Z])/).filter((text) => text.length > 30));
}

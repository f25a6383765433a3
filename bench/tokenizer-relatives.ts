// How fast RoBERTa's byte-level BPE and XLM-R's unigram model turn texts of eight languages into ids, beside WordPiece and beside
// @huggingface/tokenizers with the same files. Rounds alternate; medians.
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { Tokenizer as Peer } from "@huggingface/tokenizers";
import { BertTokenizerFast, readAnyTokenizer, type Tokenizer } from "../src/tokenizer/tokenizer.ts";
import { median, printTable } from "./table.ts";

const LANGUAGES = ["arabic", "english", "french", "german", "hindi", "italian", "portuguese", "spanish"];
const SENTENCES = 10_000;
const ROUNDS = 5;
const MODELS = [
  { name: "XLM-R (unigram)", folder: "../shared/models/multilingual-e5-small" },
  { name: "RoBERTa (byte-level BPE)", folder: "test/goldens/tokenizer-relatives/roberta" },
  { name: "ALBERT (unigram)", folder: "test/goldens/tokenizer-relatives/albert" },
];

/** Prints a table: a row for each tokenizer. */
export async function run(): Promise<void> {
  const sentences = await readSentences();
  const characters = sentences.reduce((sum, sentence) => sum + sentence.length, 0);
  const wordPiece = BertTokenizerFast.fromVocabulary(
    await readFile("test/goldens/tokenizer/vocab-uncased.txt", "utf8"),
  );
  const rows = [];
  for (const { name, folder } of MODELS) {
    const ours = await readAnyTokenizer(folder);
    const json = JSON.parse(await readFile(`${folder}/tokenizer.json`, "utf8"));
    const peer = new Peer(json, JSON.parse(await readFile(`${folder}/tokenizer_config.json`, "utf8")));
    const same = sentences.filter((text) => ours.encode(text).join() === peer.encode(text).ids.join()).length;
    const times = alternate([
      () => encodeAll(wordPiece, sentences),
      () => encodeAll(ours, sentences),
      () => sentences.reduce((sum, text) => sum + peer.encode(text).ids.length, 0),
    ]);
    const [words, own, others] = times as [number, number, number];
    rows.push([
      name,
      own,
      characters / own / 1000,
      `${(words / own).toFixed(2)}x`,
      `${(others / own).toFixed(1)}x`,
      `${((100 * same) / sentences.length).toFixed(2)} %`,
    ]);
  }
  printTable(
    `${sentences.length} sentences of ${LANGUAGES.length} languages, ${characters} characters`,
    ["", "ms", "million characters/s", "against our WordPiece", "against @huggingface/tokenizers", "equal rows"],
    rows,
  );
}

function encodeAll(tokenizer: Tokenizer, sentences: readonly string[]): number {
  let tokens = 0;
  for (let at = 0; at < sentences.length; at += 32)
    tokens += tokenizer.encodeBatch(sentences.slice(at, at + 32)).input_ids.length;
  return tokens;
}

/** The median time of each, in milliseconds. */
function alternate(runs: readonly (() => unknown)[]): number[] {
  const times = runs.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, run] of runs.entries()) {
      const start = performance.now();
      run();
      times[i]!.push(performance.now() - start);
    }
  }
  return times.map(median);
}

async function readSentences(): Promise<string[]> {
  const texts = await Promise.all(
    LANGUAGES.map(async (language) => {
      const bytes = await readFile(`../shared/data/tweet_sentiment_8/${language}.train.tsv.gz`);
      const lines = gunzipSync(bytes).toString("utf8").split("\n").slice(1);
      return lines.map((line) => line.split("\t").toSorted((a, b) => b.length - a.length)[0]!).filter(Boolean);
    }),
  );
  return texts.flatMap((lines) => lines.slice(0, SENTENCES / LANGUAGES.length));
}

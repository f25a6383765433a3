// How fast texts become ids, side by side with @huggingface/tokenizers and, where Python has it, the native Rust tokenizers; and how fast tables load.
// Rounds alternate; each row is a median; ratios are to @huggingface/tokenizers in the same run. Runs alone: `node bench/tokenizer.ts`.
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Tokenizer } from "@huggingface/tokenizers";
import { readVocabulary } from "../src/tokenizer/files/read.ts";
import { BertTokenizerFast, prepareVocabulary } from "../src/tokenizer/tokenizer.ts";
import { normalizerTable } from "../src/tokenizer/unicode.ts";

const SENTENCES = 10_000;
const ROUNDS = 7;
const BATCH = 32;
const CORPORA = ["text_wiki_squad/wiki_paragraphs.txt.gz", "text_sotu/sotu.txt.gz"];
const VOCABULARY = new URL("../test/goldens/tokenizer/vocab-uncased.txt", import.meta.url);

const NATIVE = `
import json, sys, time, os
os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer
tokenizer = Tokenizer.from_file(sys.argv[1])
sentences = json.load(open(sys.argv[2]))
times = []
for _ in range(int(sys.argv[3])):
    start = time.perf_counter()
    rows = tokenizer.encode_batch_fast(sentences) if hasattr(tokenizer, "encode_batch_fast") else tokenizer.encode_batch(sentences)
    times.append(1000 * (time.perf_counter() - start))
print(json.dumps({"times": times, "ids": sum(len(row.ids) for row in rows)}))
`;

/** Prints both tables. */
export async function run(): Promise<void> {
  const tokens = readVocabulary(await readFile(VOCABULARY, "utf8"));
  const { sentences, corpus } = await readSentences();
  const characters = sentences.reduce((sum, sentence) => sum + sentence.length, 0);
  const json = tokenizerJson(tokens);
  const ours = new BertTokenizerFast(prepareVocabulary(tokens));
  const peer = new Tokenizer(json, {});
  const batches = Array.from({ length: Math.ceil(sentences.length / BATCH) }, (_, i) =>
    sentences.slice(i * BATCH, (i + 1) * BATCH),
  );

  const rows: { name: string; round: () => number }[] = [
    {
      name: "@huggingface/tokenizers",
      round: () => sentences.reduce((sum, sentence) => sum + peer.encode(sentence).ids.length, 0),
    },
    {
      name: "bertlet, ids",
      round: () => batches.reduce((sum, batch) => sum + ours.encodeBatch(batch).input_ids.length, 0),
    },
    {
      name: "bertlet, ids and offsets",
      round: () =>
        batches.reduce(
          (sum, batch) => sum + ours.encodeBatch(batch, { returnOffsetsMapping: true }).input_ids.length,
          0,
        ),
    },
    {
      name: "bertlet, ids, one text a call",
      round: () => sentences.reduce((sum, sentence) => sum + ours.encodeBatch([sentence]).input_ids.length, 0),
    },
  ];
  const counts = rows.map(({ round }) => round());
  if (new Set(counts).size !== 1) throw new Error(`token counts differ: ${counts.join(", ")}`);
  const times = rows.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, row] of rows.entries()) times[i]!.push(milliseconds(row.round));
  }
  const results = rows.map(({ name }, i) => ({ name, time: median(times[i]!) }));
  const native = await runNative(json, sentences, counts[0]!);
  if (native !== undefined) results.push({ name: "native tokenizers (Rust), one thread", time: native });

  console.log(
    `\nTokenizer: ${sentences.length} sentences, ${characters} characters, ${counts[0]} tokens, from ${corpus}`,
  );
  const base = results[0]!.time;
  table(
    ["", "ms", "sentences/s", "MB/s", "ratio"],
    results.map(({ name, time }) => [
      name,
      time.toFixed(1),
      Math.round((sentences.length / time) * 1000).toString(),
      (characters / time / 1000).toFixed(1),
      `${(base / time).toFixed(1)}x`,
    ]),
  );

  const prepared = prepareVocabulary(tokens);
  console.log(`\nLoading ${tokens.length} tokens (${prepared.byteLength} bytes prepared)`);
  table(
    ["", "ms"],
    [
      ["Unicode table, first use", milliseconds(() => normalizerTable({ ...NEW_TABLE, lowerCase: false }))],
      ["vocabulary built from its tokens", median(repeat(() => prepareVocabulary(tokens)))],
      ["tokenizer from prepared arrays", median(repeat(() => new BertTokenizerFast(prepared)))],
      ["@huggingface/tokenizers from tokenizer.json", median(repeat(() => new Tokenizer(json, {})))],
    ].map(([name, time]) => [String(name), Number(time).toFixed(3)]),
  );
}

const NEW_TABLE = { cleanText: true, tokenizeChineseChars: false, stripAccents: true };

async function readSentences(): Promise<{ sentences: string[]; corpus: string }> {
  for (const corpus of CORPORA) {
    const bytes = await readFile(new URL(`../../shared/data/${corpus}`, import.meta.url)).catch(() => undefined);
    if (!bytes) continue;
    const text = gunzipSync(bytes).toString("utf8");
    const sentences = text.split(/\n+|(?<=[.!?]) +/).filter((sentence) => sentence.length > 20);
    const step = Math.max(1, Math.floor(sentences.length / SENTENCES));
    const chosen = sentences.filter((_, i) => i % step === 0).slice(0, SENTENCES);
    // Through JSON, as a request's texts come, so that they are strings of their own and not slices of one.
    return { sentences: JSON.parse(JSON.stringify(chosen)), corpus };
  }
  const goldens: { cases: { kind: string; text: string }[] } = JSON.parse(
    gunzipSync(await readFile(new URL("../test/goldens/tokenizer/wordpiece.json.gz", import.meta.url))).toString(
      "utf8",
    ),
  );
  const texts = goldens.cases.filter(({ kind }) => kind === "text").map(({ text }) => text);
  const sentences = Array.from({ length: SENTENCES }, (_, i) => texts[i % texts.length]!);
  return { sentences, corpus: "the goldens, repeated: no corpus here, so the numbers are not comparable" };
}

/** The tokenizer.json of bert-base-uncased. */
function tokenizerJson(tokens: readonly string[]): object {
  const special = (content: string) => ({ content, id: tokens.indexOf(content), special: true, ...FLAGS });
  const piece = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const single = [piece("[CLS]"), { Sequence: { id: "A", type_id: 0 } }, piece("[SEP]")];
  const frame = (id: string) => [id, { id, ids: [tokens.indexOf(id)], tokens: [id] }];
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(special),
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: {
      type: "TemplateProcessing",
      single,
      pair: single,
      special_tokens: Object.fromEntries([frame("[CLS]"), frame("[SEP]")]),
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: "[UNK]",
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    },
  };
}

const FLAGS = { single_word: false, lstrip: false, rstrip: false, normalized: false };

/** The median of the Rust library's rounds, called from Python on one thread; undefined where Python lacks it. */
async function runNative(json: object, sentences: readonly string[], tokens: number): Promise<number | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "bertlet-"));
  try {
    const [model, texts] = [join(folder, "tokenizer.json"), join(folder, "texts.json")];
    await writeFile(model, JSON.stringify(json));
    await writeFile(texts, JSON.stringify(sentences));
    const python = process.env.PYTHON ?? "python3";
    const { status, stdout } = spawnSync(python, ["-c", NATIVE, model, texts, String(ROUNDS)], { encoding: "utf8" });
    if (status !== 0) return undefined;
    const { times, ids }: { times: number[]; ids: number } = JSON.parse(stdout);
    if (ids !== tokens) throw new Error(`the native library counts ${ids} tokens, not ${tokens}`);
    return median(times);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function milliseconds(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const repeat = (work: () => unknown): number[] => Array.from({ length: ROUNDS }, () => milliseconds(work));

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  for (const row of [head, ...rows]) {
    console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "));
  }
}

if (import.meta.main) await run();

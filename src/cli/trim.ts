// bertlet trim: a model with the tokens that a corpus uses, for a vocabulary of many languages of which few are needed.

import { basename } from "node:path";
import { readCheckpoint } from "../checkpoint/checkpoint.ts";
import { readHeadFiles } from "../checkpoint/head-file.ts";
import { keepTokens } from "../checkpoint/resize.ts";
import { writeCheckpoint } from "../checkpoint/write-checkpoint.ts";
import { type ModelSource, openSource } from "../source/source.ts";
import { readAnyTokenizer } from "../tokenizer/relatives.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { trimTokenizer } from "../tokenizer/trim.ts";
import { readTexts } from "./calibration-texts.ts";
import { chooseTokens } from "./choose-tokens.ts";
import { defineCommand, formatTable, type Io, UsageError } from "./command.ts";
import { refuseExisting, writeWholeFolder } from "./write-whole.ts";

/** One text in so many is held back from the choice, and measured. */
const HELD_BACK = 10;

export const trim = defineCommand({
  name: "trim",
  summary: "keeps of a model's vocabulary the tokens that texts use: a folder for convert",
  positionals: ["checkpoint", "folder"],
  options: {
    texts: {
      type: "string",
      value: "<a.txt,b.txt>",
      summary: "typical texts, one per line, plain or .gz; one file per language, so that each is reported",
    },
    tokens: { type: "string", value: "<n>", summary: "the most tokens to keep, the most frequent (all that occur)" },
    json: { type: "boolean", summary: "prints JSON" },
  },
  async run({ texts, tokens, json }, [checkpoint = "", folder = ""], io) {
    if (texts === undefined) throw new UsageError("bertlet trim needs --texts: the vocabulary is trimmed to them");
    const most = tokens === undefined ? Number.POSITIVE_INFINITY : readMost(tokens);
    await refuseExisting(folder);
    const corpora = await readCorpora(texts.split(","));
    io.progress(`reading ${checkpoint}`);
    const source = await openSource(checkpoint);
    const tokenizer = await readAnyTokenizer(source);
    const ids = chooseTokens(
      tokenizer,
      corpora.map(({ counted }) => counted),
      most,
    );
    const trimmed = await trimTokenizer(tokenizer, ids);
    const report = {
      tokens: { before: tokenizer.size, after: ids.length },
      texts: corpora.map(({ name, held }) => ({ name, ...compare(tokenizer, trimmed, held) })),
    };
    io.progress(`writing ${folder}`);
    await writeWholeFolder(folder, await filesOf(source, ids, trimmed));
    io.progress("");
    if (json) io.out(JSON.stringify(report));
    else tell(report, io);
  },
});

interface Corpus {
  readonly name: string;
  /** Texts whose tokens are counted. */
  readonly counted: readonly string[];
  /** Texts that are measured. */
  readonly held: readonly string[];
}

async function readCorpora(paths: readonly string[]): Promise<Corpus[]> {
  return Promise.all(
    paths.map(async (path) => {
      const lines = await readTexts(path, Number.POSITIVE_INFINITY);
      if (lines.length < HELD_BACK)
        throw new UsageError(`${path} has ${lines.length} texts, and at least ${HELD_BACK} are needed`);
      const isHeld = (index: number) => index % HELD_BACK === HELD_BACK - 1;
      return {
        name: basename(path),
        counted: lines.filter((_, index) => !isHeld(index)),
        held: lines.filter((_, index) => isHeld(index)),
      };
    }),
  );
}

/** What trimming does to texts: tokens before and after, unknown ones among them, and the share of texts that are cut the same way. */
function compare(before: Tokenizer, after: Tokenizer, texts: readonly string[]) {
  const rows = texts.map((text) => [before.tokenize(text), after.tokenize(text)] as const);
  const count = (side: 0 | 1) => rows.reduce((sum, row) => sum + row[side].length, 0);
  const unknown = (tokenizer: Tokenizer) =>
    texts.reduce((sum, text) => sum + tokenizer.encode(text).filter((id) => id === tokenizer.unkTokenId).length, 0);
  return {
    texts: texts.length,
    tokens_before: count(0),
    tokens_after: count(1),
    unknown_before: unknown(before),
    unknown_after: unknown(after),
    same: rows.filter(([a, b]) => a.join("\0") === b.join("\0")).length / texts.length,
  };
}

// Folders with a number are sentence-transformers' modules.
const MODULE = /^\d+_/;
// Weights and the tokenizer's files are written anew.
const REPLACED =
  /(^|\/)(config\.json|vocab\.\w+|merges\.txt|tokenizer.*|special_tokens_map\.json|added_tokens\.json|.*\.(safetensors|bin|h5|msgpack|onnx|model))$/;

/** The files of the trimmed model: those that trimming does not change, such as sentence-transformers' settings, as they are. */
async function filesOf(
  source: ModelSource,
  ids: readonly number[],
  tokenizer: Tokenizer,
): Promise<Map<string, Uint8Array>> {
  const checkpoint = await readCheckpoint(source);
  const headFiles = await readHeadFiles(source);
  if (checkpoint.heads.length > 1 || headFiles.length > 0)
    throw new UsageError("a folder with several heads, or head files, cannot be trimmed: trim its encoder");
  const [head] = checkpoint.heads;
  const isHalf = [...checkpoint.encoder.values()].every(({ dtype }) => dtype === "F16");
  const files = new Map<string, Uint8Array>();
  for (const name of await source.list()) {
    if (REPLACED.test(name) && !MODULE.test(name)) continue;
    const bytes = await source.read(name);
    if (bytes) files.set(name, bytes);
  }
  const written = writeCheckpoint(keepTokens(checkpoint, ids), {
    ...(head && { head: head.spec.name }),
    dtype: isHalf ? "float16" : "float32",
  });
  return new Map([...files, ...written, ...tokenizer.toFiles()]);
}

function tell(
  { tokens, texts }: { tokens: { before: number; after: number }; texts: readonly Row[] },
  { out }: Io,
): void {
  out(`${tokens.after} of ${tokens.before} tokens are kept`);
  out(`on texts that were held back, one in ${HELD_BACK}:`);
  const lines = texts.map(({ name, same, tokens_before, tokens_after, unknown_before, unknown_after }) => [
    name,
    `${(100 * same).toFixed(1)} % tokenised as before, ${(100 * (tokens_after / tokens_before - 1)).toFixed(1)} % more tokens, ${unknown_after - unknown_before} more unknown`,
  ]);
  for (const line of formatTable(lines)) out(line);
}

type Row = { readonly name: string } & ReturnType<typeof compare>;

function readMost(text: string): number {
  const count = Number(text);
  if (!(Number.isInteger(count) && count > 0)) throw new UsageError(`--tokens is a positive integer, and not ${text}`);
  return count;
}

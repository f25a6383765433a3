// bertlet eval: a head of a packed model, measured on labelled data. What is measured follows from what the data is labelled for.
import { readFile } from "node:fs/promises";
import { FORMAT_NAMES } from "../../data/formats.ts";
import type { LabelledFor } from "../../data/table.ts";
import { BertletError } from "../../errors.ts";
import { truncationNote } from "../class-report.ts";
import { defineCommand, type Io, UsageError } from "../command.ts";
import { type ReadPath, readTables } from "../labelled-files.ts";
import { readFormat } from "../option-values.ts";
import { NARROW, widenVectors } from "../wide-vectors.ts";
import { evaluateQuestions } from "./questions.ts";
import { evaluateTexts } from "./texts.ts";
import { evaluateTokens } from "./tokens.ts";

/** What is measured, on which data, how. */
export interface Evaluation {
  readonly packed: Uint8Array;
  /** The name of the head; the model's first of the kind when undefined. */
  readonly head: string | undefined;
  readonly read: ReadPath;
  readonly paths: readonly string[];
  /** Columns of the texts and of the labels. */
  readonly text: string | undefined;
  readonly label: string | undefined;
  onProgress(done: number, all: number): void;
}

/** What came of it: facts for JSON, and lines for a person. */
export interface Evaluated {
  readonly head: string;
  readonly notes: readonly string[];
  /** How many texts the model did not read to their end. */
  readonly truncated: number;
  readonly facts: object;
  readonly lines: readonly string[];
}

const KINDS: Readonly<Record<LabelledFor, (evaluation: Evaluation) => Promise<Evaluated>>> = {
  texts: evaluateTexts,
  tokens: evaluateTokens,
  questions: evaluateQuestions,
};

export const evaluate = defineCommand({
  name: "eval",
  summary: "measures a head of a packed model on labelled texts, tagged words (CoNLL) or questions (SQuAD)",
  positionals: ["examples...", "model"],
  options: {
    head: { type: "string", value: "<name>", summary: "the head (the model's first of the kind)" },
    text: { type: "string", value: "<column>", summary: "the column of the texts (guessed)" },
    label: { type: "string", value: "<column>", summary: "the column of the labels (guessed)" },
    format: { type: "string", value: "<name>", summary: `of the files, one of ${FORMAT_NAMES.join(", ")} (found)` },
    json: { type: "boolean", summary: "prints the report as JSON" },
    narrow: NARROW,
  },
  async run({ head, text, label, format, json, narrow }, positionals, io) {
    const [paths, modelFile] = [positionals.slice(0, -1), positionals.at(-1)!];
    const read = await readTables(paths, { format: readFormat(format), split: "test" });
    const kind = kindOf(read);
    if (kind !== "texts" && (text !== undefined || label !== undefined))
      throw new UsageError(`--text and --label are for labelled texts, and ${paths.join(", ")} has labels of ${kind}`);
    await widenVectors(narrow);
    const packed = new Uint8Array(await readFile(modelFile));
    const evaluated = await KINDS[kind]({ packed, head, read, paths, text, label, onProgress: progressOf(io) });
    io.progress("");
    for (const note of evaluated.notes) io.err(`note: ${note}`);
    if (evaluated.truncated > 0) io.err(truncationNote(evaluated.truncated));
    const { facts, lines, notes, truncated } = evaluated;
    if (json) io.out(JSON.stringify({ head: evaluated.head, notes, truncated, ...facts }));
    else for (const line of lines) io.out(line);
  },
});

function kindOf({ tables }: ReadPath): LabelledFor {
  const kinds = [...new Set(tables.map(({ labelledFor }) => labelledFor))];
  if (kinds.length === 1) return kinds[0]!;
  throw new BertletError("invalid_input", `the files have labels of ${kinds.join(" and ")}: measure them one by one`);
}

function progressOf(io: Io): Evaluation["onProgress"] {
  return (done, all) => io.progress(`${done} of ${all}`);
}

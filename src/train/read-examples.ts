// Labelled texts from one CSV, TSV or JSON lines file, and what looks wrong with them before anything is trained.
import { readDelimited } from "../data/delimited.ts";
import { decodeText, encodingNotes } from "../data/encoding.ts";
import { parseRecords, readRecords } from "../data/json-records.ts";
import { type Columns, chooseColumns } from "../data/label-rows.ts";
import { examineRows, reportNotes } from "../data/report.ts";
import type { Table } from "../data/table.ts";
import { BertletError } from "../errors.ts";
import type { Example } from "./train-head.ts";

export const EXAMPLE_FORMATS = ["csv", "tsv", "jsonl"] as const;
export type ExampleFormat = (typeof EXAMPLE_FORMATS)[number];

export interface ReadExamplesOptions {
  readonly format: ExampleFormat;
  /** The columns of texts and labels; guessed by their names when left out. */
  readonly text?: string | undefined;
  readonly label?: string | undefined;
}

export interface ExamplesFile {
  readonly examples: readonly Example[];
  readonly columns: Columns;
  /** What was left out, and what looks wrong: a sentence each. */
  readonly notes: readonly string[];
}

const READERS: Readonly<Record<ExampleFormat, (text: string) => Table>> = {
  csv: (text) => readDelimited(text),
  tsv: (text) => readDelimited(text, "\t"),
  jsonl: (text) => readRecords(parseRecords(text)),
};

/**
 * @throws BertletError `invalid_input` for a file without examples, or whose columns are not clear
 * @example
 * readExamples(new TextEncoder().encode("text,label\nlate again,delivery\n"), { format: "csv" }).examples;
 * // [{ text: "late again", label: "delivery" }]
 */
export function readExamples(file: Uint8Array, { format, text, label }: ReadExamplesOptions): ExamplesFile {
  const decoded = decodeText(file);
  const table = READERS[format](decoded.text);
  if (table.rows.length === 0) throw new BertletError("invalid_input", "there are no rows");
  const columns = chooseColumns(table.columns, { text, label });
  const { examples, report } = examineRows([{ ...table, name: "" }], columns);
  if (examples.length === 0) throw new BertletError("invalid_input", "no row has both a text and a label");
  return { examples, columns, notes: [...encodingNotes(decoded), ...reportNotes(report)] };
}

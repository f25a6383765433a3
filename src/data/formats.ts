// The formats of labelled data, and which of them a file has: by its name, and among the JSON ones by what is inside.
import { isArgilla, readArgilla } from "./argilla.ts";
import { readConll } from "./conll.ts";
import { readDelimited } from "./delimited.ts";
import { readRecords } from "./json-records.ts";
import { isSpanRecord, readJsonSpans } from "./json-spans.ts";
import { isLabelStudio, isLabelStudioMin, readLabelStudio, readLabelStudioMin } from "./label-studio.ts";
import { readParquet } from "./parquet.ts";
import { isProdigy, readProdigy } from "./prodigy.ts";
import { isSquad, readSquad } from "./squad.ts";
import { isRecord, type Table } from "./table.ts";

interface Named {
  readonly name: string;
  /** The ends of names of such files, in lower case. */
  readonly extensions: readonly string[];
}

/** A text of its own syntax. */
interface TextFormat extends Named {
  readonly of: "text";
  read(text: string): Table;
}

/** JSON: a list, lines or a document. */
interface RecordFormat extends Named {
  readonly of: "records";
  /** Whether a record looks like this format's. */
  recognizes(record: unknown): boolean;
  read(records: readonly unknown[]): Table;
}

interface BinaryFormat extends Named {
  readonly of: "bytes";
  readonly magic: string;
  read(bytes: Uint8Array): Promise<Table>;
}

export type DataFormat = TextFormat | RecordFormat | BinaryFormat;

const JSON_NAMES = [".json", ".jsonl", ".ndjson"];

/** Of JSON formats, the first that recognises a record of a file reads it. */
export const DATA_FORMATS: readonly DataFormat[] = [
  { of: "text", name: "csv", extensions: [".csv"], read: (text) => readDelimited(text) },
  { of: "text", name: "tsv", extensions: [".tsv", ".tab"], read: (text) => readDelimited(text, "\t") },
  { of: "text", name: "conll", extensions: [".conll", ".bio", ".iob", ".iob2"], read: readConll },
  { of: "bytes", name: "parquet", extensions: [".parquet"], magic: "PAR1", read: readParquet },
  { of: "records", name: "squad", extensions: JSON_NAMES, recognizes: isSquad, read: readSquad },
  { of: "records", name: "label-studio", extensions: JSON_NAMES, recognizes: isLabelStudio, read: readLabelStudio },
  {
    of: "records",
    name: "label-studio-min",
    extensions: JSON_NAMES,
    recognizes: isLabelStudioMin,
    read: readLabelStudioMin,
  },
  { of: "records", name: "prodigy", extensions: JSON_NAMES, recognizes: isProdigy, read: readProdigy },
  { of: "records", name: "argilla", extensions: JSON_NAMES, recognizes: isArgilla, read: readArgilla },
  { of: "records", name: "spans", extensions: JSON_NAMES, recognizes: isSpanRecord, read: readJsonSpans },
  { of: "records", name: "jsonl", extensions: JSON_NAMES, recognizes: isRecord, read: readRecords },
];

export const FORMAT_NAMES: readonly string[] = DATA_FORMATS.map(({ name }) => name);
export const EXTENSIONS: readonly string[] = [...new Set(DATA_FORMATS.flatMap(({ extensions }) => extensions))];

// Labelled texts from CSV, TSV or JSON lines: which columns they are in, and what looks wrong with them before anything is trained.
import Papa from "papaparse";
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
  readonly columns: { readonly text: string; readonly label: string };
  /** What was left out, and what looks wrong: a sentence each. */
  readonly notes: readonly string[];
}

const TEXT_NAMES =
  "text sentence query utterance content message body review title tweet input question prompt description".split(" ");
const LABEL_NAMES = "label labels category intent class topic sentiment emotion target tag tags score rating y".split(
  " ",
);

type Row = Readonly<Record<string, unknown>>;

/**
 * @throws BertletError `invalid_input` for a file without examples, or whose columns are not clear
 * @example
 * readExamples(new TextEncoder().encode("text,label\nlate again,delivery\n"), { format: "csv" }).examples;
 * // [{ text: "late again", label: "delivery" }]
 */
export function readExamples(file: Uint8Array, options: ReadExamplesOptions): ExamplesFile {
  const { text, note } = decode(file);
  const { rows, names } = options.format === "jsonl" ? readLines(text) : readTable(text, options.format);
  if (rows.length === 0) throw invalid("there are no rows");
  const columns = {
    text: columnOf("text", options.text, names, TEXT_NAMES),
    label: columnOf("label", options.label, names, LABEL_NAMES),
  };
  if (columns.text === columns.label) throw invalid(`texts and labels cannot both be in ${columns.text}`);
  const { examples, notes } = collect(rows, columns);
  if (examples.length === 0) throw invalid("no row has both a text and a label");
  return { examples, columns, notes: [...(note ? [note] : []), ...notes, ...doubtsOf(examples)] };
}

/** UTF-8 or UTF-16, by their byte order mark if there is one; else Windows-1252, which is said. */
function decode(file: Uint8Array): { text: string; note?: string } {
  const encoding =
    file[0] === 0xff && file[1] === 0xfe ? "utf-16le" : file[0] === 0xfe && file[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(file) };
  } catch {
    return {
      text: new TextDecoder("windows-1252").decode(file),
      note: "the file is not UTF-8, and was read as Windows-1252",
    };
  }
}

function readTable(text: string, format: "csv" | "tsv"): { rows: readonly Row[]; names: readonly string[] } {
  const { data, errors } = Papa.parse<string[]>(text, {
    skipEmptyLines: "greedy",
    ...(format === "tsv" ? { delimiter: "\t" } : { delimitersToGuess: [",", ";", "\t", "|"] }),
  });
  const [broken] = errors.filter(({ type }) => type === "Quotes");
  if (broken) throw invalid(`row ${(broken.row ?? 0) + 1}: ${broken.message}`);
  const [names = [], ...rows] = data;
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw invalid(`there are two columns ${JSON.stringify(repeated)}`);
  const odd = rows.findIndex((row) => row.length !== names.length);
  if (odd >= 0) throw invalid(`row ${odd + 2} has ${rows[odd]!.length} fields, and the first row has ${names.length}`);
  return { names, rows: rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]]))) };
}

function readLines(text: string): { rows: readonly Row[]; names: readonly string[] } {
  const rows = text
    .split(/\r?\n/)
    .map((line, index) => [line.trim(), index] as const)
    .filter(([line]) => line !== "")
    .map(([line, index]) => parseLine(line, index));
  return { rows, names: [...new Set(rows.flatMap((row) => Object.keys(row)))] };
}

function parseLine(line: string, index: number): Row {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new BertletError("invalid_input", `line ${index + 1} is not JSON`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalid(`line ${index + 1} is not an object`);
  return value as Row;
}

function columnOf(what: string, given: string | undefined, names: readonly string[], known: readonly string[]): string {
  const listed = names.join(", ");
  if (given !== undefined) {
    if (names.includes(given)) return given;
    throw invalid(`there is no column ${given}; there are ${listed}`);
  }
  const found = known
    .map((name) => names.find((candidate) => candidate.trim().toLowerCase() === name))
    .find((name) => name !== undefined);
  if (found !== undefined) return found;
  throw invalid(`which column holds the ${what}s? There are ${listed}`);
}

function collect(rows: readonly Row[], columns: ExamplesFile["columns"]): { examples: Example[]; notes: string[] } {
  const examples: Example[] = [];
  const seen = new Set<string>();
  let [empty, repeated] = [0, 0];
  for (const row of rows) {
    const example = exampleOf(row, columns);
    if (!example) {
      empty++;
      continue;
    }
    const key = JSON.stringify([example.text, example.label]);
    if (seen.has(key)) repeated++;
    else {
      seen.add(key);
      examples.push(example);
    }
  }
  return {
    examples,
    notes: [
      ...(empty > 0 ? [`${count(empty, "row")} without a text or a label: left out`] : []),
      ...(repeated > 0 ? [`${count(repeated, "row")} that another row repeats: left out`] : []),
    ],
  };
}

/** Undefined for a row without a text or a label. @throws BertletError for a label that is none */
function exampleOf(row: Row, columns: ExamplesFile["columns"]): Example | undefined {
  const [text, label] = [row[columns.text], row[columns.label]];
  if (typeof text !== "string" || text.trim() === "") return undefined;
  if (label === undefined || label === null) return undefined;
  if (typeof label === "number") return { text, label };
  if (typeof label === "string") return label.trim() === "" ? undefined : { text, label: label.trim() };
  if (Array.isArray(label) && label.every((one) => typeof one === "string")) return { text, label };
  throw invalid(
    `the label of ${JSON.stringify(text.slice(0, 40))} is neither a text, nor a number, nor a list of texts`,
  );
}

// Fewer examples of a label than this teach little.
const FEW = 8;
const MOST_NAMED = 5;

/** Texts with two labels, and labels with few examples. */
function doubtsOf(examples: readonly Example[]): string[] {
  const labels = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const { text, label } of examples) {
    if (typeof label !== "string") continue;
    labels.set(text, (labels.get(text) ?? new Set()).add(label));
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const contradicted = [...labels].filter(([, own]) => own.size > 1);
  const rare = [...counts].filter(([, number]) => number < FEW);
  return [
    ...contradicted
      .slice(0, MOST_NAMED)
      .map(([text, own]) => `${JSON.stringify(text.slice(0, 60))} has the labels ${[...own].join(" and ")}`),
    ...(contradicted.length > MOST_NAMED
      ? [`and ${contradicted.length - MOST_NAMED} more texts with several labels`]
      : []),
    ...(rare.length > 0
      ? [
          `few examples: ${rare
            .slice(0, MOST_NAMED)
            .map(([label, number]) => `${label} (${number})`)
            .join(", ")}${rare.length > MOST_NAMED ? ` and ${rare.length - MOST_NAMED} more` : ""}`,
        ]
      : []),
  ];
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}

// From rows of tables to texts with labels: which columns they are in, and which rows have both.
import { cellOf, invalid, type Row } from "./table.ts";

/** One label; several, for a head that may give several; or a number, for a head that gives numbers. */
export type Label = string | readonly string[] | number;

export interface LabelledText {
  readonly text: string;
  readonly label: Label;
}

/** What labels are read as: as they are in the file when left out. */
export const LABEL_KINDS = ["one", "several", "number"] as const;
export type LabelKind = (typeof LABEL_KINDS)[number];

export interface Columns {
  readonly text: string;
  readonly label: string;
}

export interface ColumnOptions {
  /** The columns of texts and labels; guessed by their names when left out. */
  readonly text?: string | undefined;
  readonly label?: string | undefined;
}

const NAMES: Readonly<Record<keyof Columns, readonly string[]>> = {
  text: "text sentence query utterance content message body review title tweet input question prompt description".split(
    " ",
  ),
  label: "label labels category intent class topic sentiment emotion target tag tags score rating y".split(" "),
};

/**
 * @throws BertletError `invalid_input` for a column that is not there, or names that do not tell; with the names there are
 * @example
 * chooseColumns(["id", "utterance", "intent"]); // { text: "utterance", label: "intent" }
 */
export function chooseColumns(names: readonly string[], options: ColumnOptions = {}): Columns {
  const columns = { text: columnOf("text", options.text, names), label: columnOf("label", options.label, names) };
  if (columns.text === columns.label) throw invalid(`texts and labels cannot both be in ${columns.text}`);
  return columns;
}

function columnOf(what: keyof Columns, given: string | undefined, names: readonly string[]): string {
  const listed = names.join(", ");
  if (given !== undefined) {
    if (names.includes(given)) return given;
    throw invalid(`there is no column ${given}; there are ${listed}`);
  }
  const found = NAMES[what]
    .map((name) => names.find((candidate) => candidate.trim().toLowerCase() === name))
    .find((name) => name !== undefined);
  if (found !== undefined) return found;
  throw invalid(`which column holds the ${what}s? There are ${listed}`);
}

/**
 * A row's text and label; undefined for a row that lacks one.
 * @throws BertletError `invalid_input` for a label that is none of its kind
 */
export function labelledText(row: Row, columns: Columns, kind?: LabelKind): LabelledText | undefined {
  const [text, cell] = [cellOf(row, columns.text), cellOf(row, columns.label)];
  // Yes and no are names of labels.
  const value = typeof cell === "boolean" ? String(cell) : cell;
  if (typeof text !== "string" || text.trim() === "") return undefined;
  const label = isLabel(value) ? trimmed(value) : value;
  if (label === undefined || label === null || (label === "" && kind !== "several")) return undefined;
  const read = isLabel(label) ? READS[kind ?? "as it is"](label) : undefined;
  if (read !== undefined) return { text, label: read };
  throw invalid(
    `the label of ${JSON.stringify(text.slice(0, 40))} is ${EXPECTED[kind ?? "as it is"]}${isLabel(label) ? `, but ${JSON.stringify(label)}` : ""}`,
  );
}

function isLabel(value: unknown): value is Label {
  return (
    ["string", "number"].includes(typeof value) ||
    (Array.isArray(value) && value.every((one) => typeof one === "string"))
  );
}

function trimmed(label: Label): Label {
  return typeof label === "string" ? label.trim() : label;
}

// Several labels in one field.
const SEPARATORS = /[,;|]/;

const READS: Readonly<Record<LabelKind | "as it is", (label: Label) => Label | undefined>> = {
  "as it is": (label) => label,
  one: (label) => (Array.isArray(label) ? (label.length === 1 ? label[0] : undefined) : String(label)),
  several: (label) => {
    if (typeof label !== "string") return Array.isArray(label) ? label : [String(label)];
    return label
      .split(SEPARATORS)
      .map((part) => part.trim())
      .filter((part) => part !== "");
  },
  number: (label) =>
    typeof label !== "object" && label !== "" && Number.isFinite(Number(label)) ? Number(label) : undefined,
};

const EXPECTED: Readonly<Record<LabelKind | "as it is", string>> = {
  "as it is": "neither a text, nor a number, nor a list of texts",
  one: "not one label",
  several: "not a list of labels",
  number: "not a number",
};

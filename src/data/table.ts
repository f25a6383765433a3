// What every reader of labelled data gives: rows of named columns, and what they are for.
import { BertletError } from "../errors.ts";

/** One row, as the file has it. Read it with {@link cellOf}: its keys come from a file. */
export type Row = Readonly<Record<string, unknown>>;

/** What a format says its rows are labelled for. */
export type LabelledFor = "texts" | "tokens" | "questions";

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly labelledFor: LabelledFor;
  /** What was left out while it was read: a sentence each. */
  readonly notes: readonly string[];
}

/** A labelled part of a row's `text`: characters (UTF-16 code units) from `start` to before `end`. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
  readonly label: string;
}

/** A table of rows, whose columns are all of their keys. */
export function tableOf(
  rows: readonly Row[],
  { labelledFor = "texts", notes = [] }: Partial<Pick<Table, "labelledFor" | "notes">> = {},
): Table {
  return { columns: [...new Set(rows.flatMap((row) => Object.keys(row)))], rows, labelledFor, notes };
}

/** A row's own value; undefined where it has none, whatever the column is called. */
export function cellOf(row: Row, column: string): unknown {
  return Object.hasOwn(row, column) ? row[column] : undefined;
}

export function isRecord(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The lists of records in a list that may hold anything. */
export function recordsIn(value: unknown): readonly Row[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

/** @throws BertletError `invalid_input` unless it lies in the text */
export function spanIn(text: string, start: unknown, end: unknown, label: unknown, where: string): TextSpan {
  const isInside =
    Number.isSafeInteger(start) &&
    Number.isSafeInteger(end) &&
    0 <= (start as number) &&
    (start as number) < (end as number) &&
    (end as number) <= text.length;
  if (!isInside || typeof label !== "string" || label === "")
    throw invalid(
      `${where}: a span needs a start, an end and a label, and must lie in its text of ${text.length} characters`,
    );
  return { start: start as number, end: end as number, label };
}

/** "1 row", "2 rows" */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

/** "2 rows of which nothing was labelled: left out", or nothing for 0. */
export function leftOut(number: number, what: string, why: string): readonly string[] {
  return number === 0 ? [] : [`${count(number, what)} ${why}: left out`];
}

export function invalid(message: string, cause?: unknown): BertletError {
  return new BertletError("invalid_input", message, cause === undefined ? undefined : { cause });
}

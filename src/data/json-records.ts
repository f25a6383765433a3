// What a JSON file holds: the items of its list, or its lines, or the one document it is. Exporters differ in which, not in what is inside.
import { invalid, isRecord, type Row, type Table, tableOf } from "./table.ts";

/**
 * @throws BertletError `invalid_input` with the first line that is not JSON
 * @example
 * parseRecords('{"text":"a"}\n{"text":"b"}\n'); // [{ text: "a" }, { text: "b" }]
 * parseRecords('[{"text":"a"},{"text":"b"}]'); // the same
 */
export function parseRecords(text: string): readonly unknown[] {
  const lines = text.split(/\r?\n/);
  const first = lines.findIndex((line) => line.trim() !== "");
  if (first < 0) return [];
  const document = isDocument(text, lines, first) ? tryParse(text) : undefined;
  if (document) return Array.isArray(document.value) ? document.value : [document.value];
  return lines.flatMap((line, index) => (line.trim() === "" ? [] : [parseLine(line, index)]));
}

/** Whether it cannot be lines: there is one, or the first does not end what it begins. */
function isDocument(text: string, lines: readonly string[], first: number): boolean {
  return (
    /^\s*[[{]/.test(text) && (lines.slice(first + 1).every((line) => line.trim() === "") || !tryParse(lines[first]!))
  );
}

function tryParse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

function parseLine(line: string, index: number): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch (cause) {
    throw invalid(`line ${index + 1} is not JSON`, cause);
  }
}

/**
 * Objects whose keys are columns.
 * @throws BertletError `invalid_input` for anything else
 */
export function readRecords(records: readonly unknown[]): Table {
  return tableOf(checkRecords(records));
}

export function checkRecords(records: readonly unknown[]): readonly Row[] {
  const odd = records.findIndex((record) => !isRecord(record));
  if (odd >= 0) throw invalid(`line ${odd + 1} is not an object`);
  return records as readonly Row[];
}

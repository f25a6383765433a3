// Argilla's exports: records of version 2 (`fields`, `responses` by question), the same flattened (`label.responses`), and of version 1
// (`annotation`). Each question becomes a column.
import {
  cellOf,
  invalid,
  isRecord,
  isTexts,
  leftOut,
  type Row,
  recordsIn,
  spanIn,
  type Table,
  tableOf,
} from "./table.ts";
import { unwrapSingles } from "./unwrap-singles.ts";

export function isArgilla(record: unknown): boolean {
  if (!isRecord(record)) return false;
  if (isRecord(record.fields) && (isRecord(record.responses) || Array.isArray(record.responses))) return true;
  return Object.keys(record).some((key) => key.endsWith(".responses")) || isFirst(record);
}

/** A record of version 1. */
function isFirst(record: Row): boolean {
  return "annotation" in record && ("annotation_agent" in record || "status" in record || "prediction" in record);
}

interface Labelled {
  readonly fields: Row;
  /** The answers to each question, one per annotator. */
  readonly answers: Readonly<Record<string, readonly unknown[]>>;
}

/**
 * A row per annotator. Suggestions of models are no labels.
 * @throws BertletError `invalid_input` for a record of another shape
 */
export function readArgilla(records: readonly unknown[]): Table {
  let unlabelled = 0;
  let isOfTokens = false;
  const rows: Row[] = [];
  const lists = new Set<string>();
  for (const [index, record] of records.entries()) {
    if (!isArgilla(record)) throw invalid(`record ${index + 1} is not as Argilla exports it`);
    const { fields, answers } = labelledOf(record as Row);
    const most = Math.max(0, ...Object.values(answers).map(({ length }) => length));
    if (most === 0) unlabelled++;
    for (let annotator = 0; annotator < most; annotator++) {
      const cells = Object.entries(answers).map(([question, given]) =>
        cellFor(fields, question, given[annotator], index),
      );
      isOfTokens ||= cells.some(([name]) => name === "spans");
      for (const [name, value] of cells) if (isTexts(value)) lists.add(name);
      rows.push({ ...fields, ...Object.fromEntries(cells) });
    }
  }
  return tableOf(unwrapSingles(rows, [...lists]), {
    labelledFor: isOfTokens ? "tokens" : "texts",
    notes: leftOut(unlabelled, "record", "without a response"),
  });
}

function labelledOf(record: Row): Labelled {
  if (isRecord(record.fields)) return { fields: record.fields, answers: answersOf(record.responses) };
  if (isFirst(record)) return firstOf(record);
  const questions = Object.keys(record).filter((key) => key.endsWith(".responses"));
  const names = questions.map((key) => key.slice(0, -".responses".length));
  const isField = (key: string) => !names.some((name) => key.startsWith(`${name}.`));
  return {
    fields: Object.fromEntries(Object.entries(record).filter(([key]) => isField(key))),
    answers: Object.fromEntries(names.map((name) => [name, listOf(cellOf(record, `${name}.responses`))])),
  };
}

/** `{ question: [{ value, status }] }`, or the server's `[{ values: { question: { value } }, status }]`. */
function answersOf(responses: unknown): Labelled["answers"] {
  if (isRecord(responses))
    return Object.fromEntries(
      Object.entries(responses).map(([question, given]) => [question, recordsIn(given).filter(isKept).map(givenValue)]),
    );
  const kept = recordsIn(responses).filter(isKept);
  const questions = new Set(kept.flatMap(({ values }) => (isRecord(values) ? Object.keys(values) : [])));
  const answer = (values: unknown, question: string) =>
    isRecord(values) && isRecord(values[question]) ? givenValue(values[question]) : undefined;
  return Object.fromEntries(
    [...questions].map((question) => [question, kept.map(({ values }) => answer(values, question))]),
  );
}

function isKept({ status }: Row): boolean {
  return status !== "discarded" && status !== "draft";
}

function givenValue({ value }: Row): unknown {
  return value;
}

function firstOf({ inputs, text, annotation, status }: Row): Labelled {
  const fields = isRecord(inputs) ? inputs : { text: text ?? inputs };
  const isLabelled = annotation !== null && annotation !== undefined && status !== "Discarded";
  return { fields, answers: { label: isLabelled ? [annotation] : [] } };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Lists of spans go by the name `spans`: `{ start, end, label }`, or `[label, start, end]` in version 1. */
function cellFor(fields: Row, question: string, value: unknown, index: number): [name: string, value: unknown] {
  const items: readonly unknown[] = Array.isArray(value) ? value : [];
  if (items.length === 0 || isTexts(items)) return [question, value];
  const text = String(cellOf(fields, "text") ?? Object.values(fields).find((field) => typeof field === "string") ?? "");
  const where = `record ${index + 1}`;
  const spans = items.map((span) => {
    if (Array.isArray(span)) return spanIn(text, span[1], span[2], span[0], where);
    if (isRecord(span) && "start" in span) return spanIn(text, span.start, span.end, span.label, where);
    throw invalid(`${where}: the answer to ${question} is neither a label, nor a number, nor spans`);
  });
  return ["spans", spans];
}

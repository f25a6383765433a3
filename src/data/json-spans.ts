// Spans of texts as JSON: doccano's `{ text, label: [[start, end, label]] }`, `{ text, spans | entities: [{ start, end, label }] }`, and spaCy's
// `[text, { entities: [[start, end, label]] }]`.
import { invalid, isRecord, type Row, spanIn, type Table, type TextSpan, tableOf } from "./table.ts";

const KEYS = ["spans", "entities", "label", "labels"];

/** An empty list may be one of labels of the text, unless its name says otherwise. */
export function isSpanRecord(record: unknown): boolean {
  const { text, spans } = partsOf(record);
  if (typeof text !== "string" || !Array.isArray(spans)) return false;
  const isNamed = !isRecord(record) || "spans" in record || "entities" in record;
  return spans.every(isSpan) && (isNamed || spans.length > 0);
}

/**
 * @returns rows of `text` and `spans`
 * @throws BertletError `invalid_input` for a span outside its text
 */
export function readJsonSpans(records: readonly unknown[]): Table {
  const rows = records.map((record, index): Row => {
    const where = `row ${index + 1}`;
    const { text, spans } = partsOf(record);
    if (typeof text !== "string" || !Array.isArray(spans))
      throw invalid(`${where} has no text with spans: one of ${KEYS.join(", ")}`);
    return { text, spans: spans.map((span: unknown) => readSpan(text, span, where)) };
  });
  return tableOf(rows, { labelledFor: "tokens" });
}

function partsOf(record: unknown): { readonly text?: unknown; readonly spans?: unknown } {
  if (Array.isArray(record)) return { text: record[0], spans: isRecord(record[1]) ? record[1].entities : undefined };
  if (!isRecord(record)) return {};
  const key = KEYS.find((name) => Array.isArray(record[name]));
  return { text: record.text, spans: key && record[key] };
}

function isSpan(span: unknown): boolean {
  if (Array.isArray(span)) return span.length === 3 && typeof span[0] === "number";
  return isRecord(span) && ("start" in span || "start_offset" in span);
}

function readSpan(text: string, span: unknown, where: string): TextSpan {
  if (Array.isArray(span)) return spanIn(text, span[0], span[1], span[2], where);
  const { start, end, start_offset, end_offset, label, labels, tag, type } = isRecord(span) ? span : ({} as Row);
  return spanIn(text, start ?? start_offset, end ?? end_offset, label ?? only(labels) ?? tag ?? type, where);
}

function only(labels: unknown): unknown {
  return Array.isArray(labels) && labels.length === 1 ? labels[0] : undefined;
}

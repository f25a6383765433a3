// Label Studio's export as JSON: tasks with their data, and annotations with results. Each control (`from_name`) becomes a column.
import { checkRecords } from "./json-records.ts";
import { invalid, isRecord, isTexts, leftOut, type Row, recordsIn, spanIn, type Table, tableOf } from "./table.ts";
import { unwrapSingles } from "./unwrap-singles.ts";

export function isLabelStudio(record: unknown): boolean {
  return (
    isRecord(record) &&
    isRecord(record.data) &&
    (Array.isArray(record.annotations) || Array.isArray(record.completions))
  );
}

/**
 * A row per annotation, so that annotators who differ are seen to; only those marked as ground truth, where a task has such.
 * @throws BertletError `invalid_input` for a task without data
 */
export function readLabelStudio(records: readonly unknown[]): Table {
  const [rows, lists]: [Row[], Set<string>] = [[], new Set()];
  let [unlabelled, isOfTokens, isOfTexts] = [0, false, false];
  for (const [index, task] of records.entries()) {
    if (!isRecord(task) || !isRecord(task.data)) throw invalid(`task ${index + 1} has no data`);
    const results = annotationsOf(task).map(({ result }) => recordsIn(result));
    const labelled = results.filter((result) => result.length > 0);
    if (labelled.length === 0) unlabelled++;
    for (const result of labelled) {
      const cells = cellsOf(task.data, result, `task ${index + 1}`);
      for (const [name, value] of cells) if (isTexts(value)) lists.add(name);
      isOfTokens ||= cells.some(([name]) => name === "spans");
      isOfTexts ||= cells.some(([name]) => name !== "spans");
      rows.push({ ...task.data, ...Object.fromEntries(cells) });
    }
  }
  return tableOf(unwrapSingles(rows, [...lists]), {
    labelledFor: isOfTokens && !isOfTexts ? "tokens" : "texts",
    notes: leftOut(unlabelled, "task", "without an annotation"),
  });
}

/** JSON-MIN: a row per annotation, with the value of each control in the place of its results. */
export function isLabelStudioMin(record: unknown): boolean {
  return isRecord(record) && "annotation_id" in record && "annotator" in record && !hasSpans(record);
}

function hasSpans(record: Row): boolean {
  return Object.values(record).some((value) => recordsIn(value).some((item) => "start" in item));
}

/** @throws BertletError `invalid_input` for a row that is no object */
export function readLabelStudioMin(records: readonly unknown[]): Table {
  const given = checkRecords(records);
  const lists = new Set(given.flatMap((record) => Object.keys(record).filter((name) => choicesIn(record[name]))));
  const rows = given.map(
    (record): Row =>
      Object.fromEntries(
        Object.entries(record).map(([name, value]) => {
          // A single choice is a text, even beside lists.
          const isAlone = lists.has(name) && typeof value === "string";
          return [name, choicesIn(value) ?? (isAlone ? [value] : value)];
        }),
      ),
  );
  return tableOf(unwrapSingles(rows, [...lists]));
}

function choicesIn(value: unknown): readonly string[] | undefined {
  return isRecord(value) && isTexts(value.choices) ? value.choices : undefined;
}

function annotationsOf(task: Row): readonly Row[] {
  const all = recordsIn(task.annotations ?? task.completions).filter(({ was_cancelled }) => was_cancelled !== true);
  const truths = all.filter(({ ground_truth }) => ground_truth === true);
  return truths.length > 0 ? truths : all;
}

/** The results of one annotation by control; its spans together, as `spans`. */
function cellsOf(data: Row, results: readonly Row[], where: string): [name: string, value: unknown][] {
  const cells = new Map<string, unknown>();
  for (const { from_name, type, value } of results) {
    if (typeof from_name !== "string" || !isRecord(value))
      throw invalid(`${where}: a result has no from_name or value`);
    if (type === "labels") cells.set("spans", [...recordsIn(cells.get("spans")), ...spansOf(data, value, where)]);
    else if (isTexts(value.choices)) cells.set(from_name, value.choices);
    else if (typeof value.rating === "number" || typeof value.number === "number")
      cells.set(from_name, value.rating ?? value.number);
    else
      throw invalid(`${where}: results of type ${String(type)} are not read; choices, labels, rating and number are`);
  }
  return [...cells];
}

function spansOf(data: Row, { start, end, labels }: Row, where: string): readonly unknown[] {
  const text = Object.values(data).find((value): value is string => typeof value === "string") ?? "";
  const own = typeof data.text === "string" ? data.text : text;
  return isTexts(labels) ? labels.map((label) => spanIn(own, start, end, label, where)) : [];
}

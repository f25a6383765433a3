// What looks wrong with labelled rows before anything is trained on them: what was left out, and what contradicts.
import { type Columns, type LabelKind, type LabelledText, labelledText } from "./label-rows.ts";
import { count, type Table } from "./table.ts";

/** Where a row is: which of the tables, and its place there, from 1. */
export interface RowPlace {
  readonly file: string;
  readonly row: number;
}

export interface Contradiction {
  readonly text: string;
  readonly labels: readonly string[];
  readonly rows: readonly RowPlace[];
}

export interface DataReport {
  readonly rows: number;
  readonly examples: number;
  readonly columns: Columns;
  /** Columns that are not read. */
  readonly unused_columns: readonly string[];
  /** Rows without a text or a label, and rows that repeat text and label of one before: left out. */
  readonly empty: readonly RowPlace[];
  readonly duplicates: readonly RowPlace[];
  /** Texts with two or more labels. */
  readonly contradictions: readonly Contradiction[];
  /** How many examples each label has, most first; none for numbers. */
  readonly labels: readonly { readonly label: string; readonly examples: number }[];
  /** Those with too few to learn from. */
  readonly rare: readonly string[];
}

export interface Examined {
  readonly examples: readonly LabelledText[];
  /** Where each example is. */
  readonly places: readonly RowPlace[];
  readonly report: DataReport;
}

// Fewer examples of a label than this teach little.
const FEW = 8;

/**
 * The examples of tables of the same columns, each text and label once.
 * @throws BertletError `invalid_input` for a label that is none of its kind
 */
export function examineRows(
  tables: readonly (Pick<Table, "columns" | "rows"> & { readonly name: string })[],
  columns: Columns,
  kind?: LabelKind,
): Examined {
  const [examples, places]: [LabelledText[], RowPlace[]] = [[], []];
  const [empty, duplicates]: [RowPlace[], RowPlace[]] = [[], []];
  const seen = new Set<string>();
  for (const { name, rows } of tables)
    for (const [index, row] of rows.entries()) {
      const place = { file: name, row: index + 1 };
      const example = labelledText(row, columns, kind);
      const key = example && JSON.stringify([example.text, example.label]);
      if (!example || key === undefined) empty.push(place);
      else if (seen.has(key)) duplicates.push(place);
      else {
        seen.add(key);
        examples.push(example);
        places.push(place);
      }
    }
  const labels = countLabels(examples);
  const used: readonly string[] = Object.values(columns);
  const report: DataReport = {
    rows: tables.reduce((sum, { rows }) => sum + rows.length, 0),
    examples: examples.length,
    columns,
    unused_columns: [...new Set(tables.flatMap((table) => table.columns))].filter((name) => !used.includes(name)),
    empty,
    duplicates,
    contradictions: contradictionsOf(examples, places),
    labels,
    rare: labels.filter((label) => label.examples < FEW).map(({ label }) => label),
  };
  return { examples, places, report };
}

function countLabels(examples: readonly LabelledText[]): DataReport["labels"] {
  const counts = new Map<string, number>();
  for (const { label } of examples)
    for (const name of typeof label === "number" ? [] : [label].flat()) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .map(([label, number]) => ({ label, examples: number }))
    .toSorted((a, b) => b.examples - a.examples);
}

function contradictionsOf(examples: readonly LabelledText[], places: readonly RowPlace[]): Contradiction[] {
  // Every text and label is there once, so that a text that is there twice has two labels.
  const byText = Map.groupBy(examples.keys(), (index) => examples[index]!.text);
  return [...byText]
    .filter(([, indices]) => indices.length > 1)
    .map(([text, indices]) => ({
      text,
      labels: indices.map((index) => nameOf(examples[index]!)),
      rows: indices.map((index) => places[index]!),
    }));
}

function nameOf({ label }: LabelledText): string {
  return typeof label === "object" ? `[${label.join(", ")}]` : String(label);
}

const MOST_NAMED = 5;

/** The report as sentences, for a person. */
export function reportNotes({ empty, duplicates, contradictions, labels, rare }: DataReport): readonly string[] {
  const counts = new Map(labels.map(({ label, examples }) => [label, examples]));
  const more = (all: readonly unknown[]) => (all.length > MOST_NAMED ? ` and ${all.length - MOST_NAMED} more` : "");
  return [
    ...(empty.length > 0 ? [`${count(empty.length, "row")} without a text or a label: left out`] : []),
    ...(duplicates.length > 0 ? [`${count(duplicates.length, "row")} that another row repeats: left out`] : []),
    ...contradictions
      .slice(0, MOST_NAMED)
      .map(({ text, labels: own }) => `${JSON.stringify(text.slice(0, 60))} has the labels ${own.join(" and ")}`),
    ...(contradictions.length > MOST_NAMED
      ? [`and ${contradictions.length - MOST_NAMED} more texts with several labels`]
      : []),
    ...(rare.length > 0
      ? [
          `few examples: ${rare
            .slice(0, MOST_NAMED)
            .map((label) => `${label} (${counts.get(label)})`)
            .join(", ")}${more(rare)}`,
        ]
      : []),
  ];
}

/** What to say of columns that are not read; nothing where all are. */
export function unusedNote({ columns, unused_columns }: DataReport): readonly string[] {
  if (unused_columns.length === 0) return [];
  const listed = unused_columns.slice(0, MOST_NAMED).join(", ");
  const rest = unused_columns.length - MOST_NAMED;
  return [
    `texts are in ${columns.text} and labels in ${columns.label}; not read: ${listed}${rest > 0 ? ` and ${count(rest, "more column")}` : ""}`,
  ];
}

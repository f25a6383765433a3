// Columns of Hugging Face's type ClassLabel: the rows have indices, and the data set's description the names.
import { invalid, isRecord, isTexts, type Row, type Table } from "./table.ts";

/** The names of the classes, by column. */
export type ClassNames = ReadonlyMap<string, readonly string[]>;

/**
 * @param info what `dataset_info.json` says, or the `info` that the `datasets` library writes into Parquet files
 * @example
 * classNamesOf({ features: { label: { names: ["neg", "pos"], _type: "ClassLabel" } } }); // Map { "label" → ["neg", "pos"] }
 */
export function classNamesOf(info: unknown): ClassNames {
  const features = isRecord(info) && isRecord(info.features) ? info.features : {};
  const found = Object.entries(features).flatMap(([column, feature]) => {
    const names = namesIn(feature);
    return names ? [[column, names] as const] : [];
  });
  return new Map(found);
}

/** A feature's own names, or those of the items of a list: `[feature]`, or `{ feature, _type: "Sequence" }`. */
function namesIn(feature: unknown): readonly string[] | undefined {
  if (Array.isArray(feature)) return namesIn(feature[0]);
  if (!isRecord(feature)) return undefined;
  if (feature._type === "ClassLabel" && isTexts(feature.names)) return feature.names;
  return feature.feature === undefined ? undefined : namesIn(feature.feature);
}

/**
 * The table with names for indices. -1 is a row without a label, as in the `datasets` library.
 * @throws BertletError `invalid_input` for an index that no class has
 */
export function nameClasses(table: Table, classes: ClassNames): Table {
  const known = table.columns.filter((column) => classes.has(column));
  if (known.length === 0) return table;
  const rows = table.rows.map((row, index): Row => {
    const named = known.map((column) => [column, nameOf(row[column], classes.get(column)!, column, index)]);
    return { ...row, ...Object.fromEntries(named) };
  });
  return { ...table, rows };
}

function nameOf(value: unknown, names: readonly string[], column: string, row: number): unknown {
  if (Array.isArray(value)) return value.map((one) => nameOf(one, names, column, row));
  if (value === null || value === undefined || value === "" || Number(value) === -1) return undefined;
  if (typeof value === "string" && names.includes(value)) return value;
  const name = names[Number(value)];
  if (name !== undefined) return name;
  throw invalid(`row ${row + 1}: ${column} is ${String(value)}, and there are ${names.length} classes, from 0`);
}

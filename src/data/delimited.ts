// CSV and TSV: a first row of names, and a row per example.
import Papa from "papaparse";
import { invalid, type Table } from "./table.ts";

/**
 * @param delimiter found among comma, semicolon, tab and bar when left out
 * @throws BertletError `invalid_input` for two columns of a name, rows of different lengths and quotes that do not end
 * @example
 * readDelimited("text,label\nlate again,delivery\n").rows; // [{ text: "late again", label: "delivery" }]
 */
export function readDelimited(text: string, delimiter?: string): Table {
  const { data, errors } = Papa.parse<string[]>(text, {
    skipEmptyLines: "greedy",
    ...(delimiter === undefined ? { delimitersToGuess: [",", ";", "\t", "|"] } : { delimiter }),
  });
  const [broken] = errors.filter(({ type }) => type === "Quotes");
  if (broken) throw invalid(`row ${(broken.row ?? 0) + 1}: ${broken.message}`);
  const [columns = [], ...rows] = data;
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) throw invalid(`there are two columns ${JSON.stringify(repeated)}`);
  const odd = rows.findIndex((row) => row.length !== columns.length);
  if (odd >= 0)
    throw invalid(`row ${odd + 2} has ${rows[odd]!.length} fields, and the first row has ${columns.length}`);
  return {
    columns,
    rows: rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index]]))),
    labelledFor: "texts",
    notes: [],
  };
}

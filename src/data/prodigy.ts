// Prodigy's JSON lines: an example, and whether its annotator accepted it.
import { invalid, isRecord, isTexts, leftOut, type Row, recordsIn, spanIn, type Table, tableOf } from "./table.ts";
import { unwrapSingles } from "./unwrap-singles.ts";

const ANSWERS = ["accept", "reject", "ignore"];

export function isProdigy(record: unknown): boolean {
  return isRecord(record) && typeof record.text === "string" && ANSWERS.includes(String(record.answer));
}

/**
 * @returns rows of `text` and `label`, of the accepted choices or of the one label that was asked about; or of `text` and `spans`
 * @throws BertletError `invalid_input` for a row without a text or an answer
 */
export function readProdigy(records: readonly unknown[]): Table {
  const examples = records.map((record, index) => {
    if (isProdigy(record)) return record as Row & { readonly text: string };
    throw invalid(`row ${index + 1} has no text, or no answer of ${ANSWERS.join(", ")}`);
  });
  const accepted = examples.filter(({ answer }) => answer === "accept");
  const number = (wanted: string) => examples.filter(({ answer }) => answer === wanted).length;
  const isOfTokens = accepted.some(({ spans }) => Array.isArray(spans)) && !accepted.some(hasLabel);
  const rows = accepted.map(
    (example, index): Row =>
      isOfTokens
        ? { text: example.text, spans: spansOf(example, `row ${index + 1}`) }
        : { text: example.text, label: labelOf(example) },
  );
  const isSeveral = accepted.some(({ config }) => isRecord(config) && config.choice_style === "multiple");
  return tableOf(isSeveral ? rows : unwrapSingles(rows, ["label"]), {
    labelledFor: isOfTokens ? "tokens" : "texts",
    notes: [
      ...leftOut(number("reject"), "row", "that the annotator rejected"),
      ...leftOut(number("ignore"), "row", "that the annotator ignored"),
    ],
  });
}

function hasLabel({ label, accept }: Row): boolean {
  return typeof label === "string" || isTexts(accept);
}

/** The ids of the accepted options; or the label of a question to be accepted or rejected. */
function labelOf({ label, accept }: Row): unknown {
  return isTexts(accept) ? accept : label;
}

function spansOf({ text, spans }: Row & { readonly text: string }, where: string): readonly unknown[] {
  return recordsIn(spans).map(({ start, end, label }) => spanIn(text, start, end, label, where));
}

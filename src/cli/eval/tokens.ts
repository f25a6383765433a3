// A tagger on words with tags: F1 of spans, leniently and by IOB2. The first token of a word carries its tag.
import type { HeadSpec } from "../../architectures/head-spec.ts";
import { isTexts, type Row } from "../../data/table.ts";
import { BertletError } from "../../errors.ts";
import { bootstrapInterval } from "../../eval/bootstrap.ts";
import { addSpans, countSpans, scoreSpans, scoresOf } from "../../eval/spans.ts";
import { floats } from "../../heads/outputs.ts";
import { findHead, tokenizationOf } from "../../heads/run.ts";
import { argmax } from "../../heads/scores.ts";
import { type LoadedModel, loadPacked } from "../../models/loaded-model.ts";
import type { RaggedOffsets } from "../../tokenizer/tokenizer.ts";
import { formatTable } from "../command.ts";
import type { Evaluated, Evaluation } from "./eval.ts";

interface Tagged {
  readonly words: readonly string[];
  readonly tags: readonly string[];
}

const BATCH = 32;

/** @throws BertletError `unsupported` for spans of characters, `invalid_input` for labels that the head does not have */
export async function evaluateTokens({ packed, head: name, read, onProgress }: Evaluation): Promise<Evaluated> {
  const rows = read.tables.flatMap((table) => table.rows.map((row) => taggedOf(row, table.name)));
  if (rows.length === 0) throw new BertletError("invalid_input", "there are no rows");
  const model = await loadPacked(packed);
  const head = findHead(model, "token-classification", name);
  checkLabels(rows, head);
  const gold = rows.map(({ tags }) => tags.map(toIob));
  const { predicted, truncated } = await predictTags(model, head, rows, onProgress);
  await model.session.release();
  const [lenient, strict] = [scoreSpans(gold, predicted, "lenient"), scoreSpans(gold, predicted, "iob2")];
  const counts = gold.map((tags, row) => countSpans(tags, predicted[row]!, "lenient"));
  const interval = bootstrapInterval(counts, (sample) => scoresOf(addSpans(sample)).f1);
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return {
    head: head.name,
    notes: read.notes,
    truncated,
    facts: { rows: rows.length, report: { lenient: { ...lenient, f1_interval: interval }, iob2: strict } },
    lines: [
      `head ${head.name}, ${rows.length} rows`,
      `F1 of spans ${percent(lenient.f1)} (95 %: ${interval.map(percent).join(" to ")}), precision ${percent(lenient.precision)}, recall ${percent(lenient.recall)}`,
      `by IOB2 to the letter ${percent(strict.f1)}`,
      "",
      ...formatTable(lenient.labels.map(({ label, f1, spans }) => [label, `${percent(f1)} of ${spans}`])),
    ],
  };
}

function taggedOf({ words, tags }: Row, file: string): Tagged {
  if (isTexts(words) && isTexts(tags)) return { words, tags };
  throw new BertletError("unsupported", `${file} labels characters: a tagger is measured on words with tags (CoNLL)`);
}

/** The marks of IOBES and BILOU as those of IOB2. */
function toIob(tag: string): string {
  return tag.replace(/^[SU]-/, "B-").replace(/^[EL]-/, "I-");
}

function checkLabels(rows: readonly Tagged[], { name, labels }: HeadSpec): void {
  const known = new Set(labels.map((label) => label.replace(/^[BI]-/, "")));
  const stranger = rows.flatMap(({ tags }) => tags).find((tag) => tag !== "O" && !known.has(tag.slice(2)));
  if (stranger !== undefined)
    throw new BertletError(
      "invalid_input",
      `head ${name} has no label ${JSON.stringify(stranger)}; it has ${labels.join(", ")}`,
    );
}

/** The head's tag of each word; O for words that the model does not read. */
async function predictTags(
  model: LoadedModel,
  { name, labels }: HeadSpec,
  rows: readonly Tagged[],
  onProgress: Evaluation["onProgress"],
): Promise<{ readonly predicted: string[][]; readonly truncated: number }> {
  const output = `${name}.logits`;
  const predicted: string[][] = [];
  let truncated = 0;
  for (let from = 0; from < rows.length; from += BATCH) {
    const batch = rows.slice(from, from + BATCH);
    const { feeds, encoding } = tokenizationOf(model).encode(batch.map(({ words }) => words.join(" ")));
    truncated += encoding.truncated.length;
    const { [output]: logits } = await model.session.run(feeds, [output]);
    const values = floats(logits);
    const width = labels.length;
    for (const [row, { words }] of batch.entries()) {
      // A word's first token is the first that starts in it: what a tokenizer drops may stand before it.
      let token = encoding.row_starts[row]!;
      let at = 0;
      const tags = words.map((word) => {
        const end = at + word.length;
        while (token < encoding.row_starts[row + 1]! && !startsFrom(encoding, token, at)) token++;
        const isRead = token < encoding.row_starts[row + 1]! && encoding.offset_mapping[2 * token]! < end;
        at = end + 1;
        return isRead ? labels[argmax(values.subarray(token * width, (token + 1) * width))]! : "O";
      });
      predicted.push(tags);
    }
    onProgress(predicted.length, rows.length);
  }
  return { predicted, truncated };
}

/** Whether a token is of the text, and not before this place in it. */
function startsFrom({ sequence_ids, offset_mapping }: RaggedOffsets, token: number, place: number): boolean {
  return sequence_ids[token] === 0 && offset_mapping[2 * token]! >= place;
}

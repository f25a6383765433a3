// SQuAD 1.1 and 2.0, as published (`data`, `paragraphs`, `qas`) and as the Hub has it (a row per question).
import { count, invalid, isRecord, isTexts, type Row, recordsIn, type Table, tableOf } from "./table.ts";

export function isSquad(record: unknown): boolean {
  if (!isRecord(record)) return false;
  if (Array.isArray(record.data))
    return record.data.some((entry) => isRecord(entry) && Array.isArray(entry.paragraphs));
  return typeof record.question === "string" && typeof record.context === "string" && isRecord(record.answers);
}

interface Answer {
  readonly text: string;
  readonly start: number;
}

/**
 * @returns rows of `id`, `question`, `context` and `answers` ({ text, start }); no answers for a question without one
 * @throws BertletError `invalid_input` for an entry that is not as SQuAD has it
 */
export function readSquad(records: readonly unknown[]): Table {
  const rows = records.flatMap((record, index) => (isRecord(record) ? questionsOf(record, index) : [notSquad(index)]));
  const elsewhere = rows.filter(({ context, answers }) =>
    answers.some(({ text, start }) => context.slice(start, start + text.length) !== text),
  ).length;
  const notes =
    elsewhere === 0 ? [] : [`${count(elsewhere, "question")} whose answer is not where it says in the text`];
  return tableOf(
    rows.map((row) => ({ ...row })),
    { labelledFor: "questions", notes },
  );
}

interface Question {
  readonly id: string;
  readonly question: string;
  readonly context: string;
  readonly answers: readonly Answer[];
}

function questionsOf(record: Row, index: number): Question[] {
  if (!Array.isArray(record.data)) return [questionOf(record, record.context, index)];
  return recordsIn(record.data)
    .flatMap(({ paragraphs }) => recordsIn(paragraphs))
    .flatMap(({ context, qas }) => recordsIn(qas).map((question, at) => questionOf(question, context, at)));
}

function questionOf({ id, question, answers }: Row, context: unknown, index: number): Question {
  if (typeof question !== "string" || typeof context !== "string") return notSquad(index);
  return { id: String(id ?? index), question, context, answers: answersOf(answers, index) };
}

/** `[{ text, answer_start }]`, or `{ text: […], answer_start: […] }`. */
function answersOf(answers: unknown, index: number): Answer[] {
  if (isRecord(answers) && isTexts(answers.text) && Array.isArray(answers.answer_start)) {
    const starts: readonly unknown[] = answers.answer_start;
    return answers.text.map((text, at) => answerOf(text, starts[at], index));
  }
  if (answers !== undefined && !Array.isArray(answers)) return notSquad(index);
  return recordsIn(answers).map(({ text, answer_start }) => answerOf(text, answer_start, index));
}

function answerOf(text: unknown, start: unknown, index: number): Answer {
  if (typeof text !== "string" || !Number.isSafeInteger(start)) return notSquad(index);
  return { text, start: start as number };
}

function notSquad(index: number): never {
  throw invalid(`question ${index + 1} is not as SQuAD has it: question, context, answers with text and answer_start`);
}

// Answers to questions about passages: exact match and F1 of words, as SQuAD has them.
import { type Row, recordsIn } from "../../data/table.ts";
import { BertletError } from "../../errors.ts";
import { bootstrapInterval } from "../../eval/bootstrap.ts";
import { type AnswerScores, scoreAnswer } from "../../eval/squad.ts";
import { questionAnswerer } from "../../heads/question-answering.ts";
import { findHead, runHead } from "../../heads/run.ts";
import { loadPacked } from "../../models/loaded-model.ts";
import type { Evaluated, Evaluation } from "./eval.ts";

interface Asked {
  readonly question: string;
  readonly context: string;
  /** None where the passage does not answer. */
  readonly answers: readonly string[];
}

const BATCH = 8;

export async function evaluateQuestions({ packed, head: name, read, onProgress }: Evaluation): Promise<Evaluated> {
  const asked = read.tables.flatMap(({ rows }) => rows.map(askedOf));
  if (asked.length === 0) throw new BertletError("invalid_input", "there are no questions");
  const model = await loadPacked(packed);
  const head = findHead(model, "question-answering", name);
  const isVersion2 = asked.some(({ answers }) => answers.length === 0);
  const options = isVersion2 ? { handleImpossibleAnswer: true } : {};
  const scores: AnswerScores[] = [];
  for (let from = 0; from < asked.length; from += BATCH) {
    const batch = asked.slice(from, from + BATCH);
    const answers = await runHead(model, questionAnswerer(head), batch, options);
    for (const [index, { answers: gold }] of batch.entries())
      scores.push(scoreAnswer(answers[index]![0]?.answer ?? "", gold));
    onProgress(scores.length, asked.length);
  }
  await model.session.release();
  const answerable = scores.filter((_, index) => asked[index]!.answers.length > 0);
  const parts = {
    all: summary(scores),
    ...(isVersion2 && answerable.length > 0 && { answerable: summary(answerable) }),
    ...(isVersion2 && { unanswerable: summary(scores.filter((_, index) => asked[index]!.answers.length === 0)) }),
  };
  return {
    head: head.name,
    notes: read.notes,
    truncated: 0,
    facts: { report: parts },
    lines: [
      `head ${head.name}, ${asked.length} questions`,
      ...Object.entries(parts).map(([part, { questions, exact, f1, f1_interval }]) => {
        const name = isVersion2 ? `${part}, ${questions}: ` : "";
        return `${name}exact match ${percent(exact)}, F1 ${percent(f1)} (95 %: ${f1_interval.map(percent).join(" to ")})`;
      }),
    ],
  };
}

function askedOf({ question, context, answers }: Row): Asked {
  const texts = recordsIn(answers).map(({ text }) => String(text));
  return { question: String(question), context: String(context), answers: texts };
}

function summary(scores: readonly AnswerScores[]) {
  const mean = (name: keyof AnswerScores) => (some: readonly AnswerScores[]) =>
    some.reduce((sum, score) => sum + score[name], 0) / some.length;
  return {
    questions: scores.length,
    exact: mean("exact")(scores),
    f1: mean("f1")(scores),
    f1_interval: bootstrapInterval(scores, mean("f1")),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

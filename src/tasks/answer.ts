// Question answering: {inputs: {question, context}, parameters} → {answer, score, start, end}.
import * as v from "valibot";
import { questionAnswerer } from "../heads/question-answering.ts";
import { findHead, runHead } from "../heads/run.ts";
import { named, strictObject } from "../schemas.ts";
import { count, head, top_k } from "./fields.ts";
import { checkTexts, likeInputs, listOf } from "./inputs.ts";
import { LIMITS } from "./limits.ts";
import { toOptions } from "./names.ts";
import { offset_unit } from "./span-fields.ts";
import { definePipelineTask } from "./task.ts";

const questionSchema = named("Question", strictObject({ question: v.string(), context: v.string() }));
const spanSchema = named(
  "AnswerSpan",
  v.object({ answer: v.string(), score: v.number(), start: v.number(), end: v.number() }),
);
const answerSchema = v.union([spanSchema, v.array(spanSchema)]);

/** One answer per question, or a list if `top_k` is more than 1; a list of these for several questions. */
export const answer = definePipelineTask({
  path: "/answer",
  pipeline: "question-answering",
  summary: "Find the answer to a question in its context",
  description:
    "One answer per question, or a list of them if top_k is more than 1, or an empty list if the context has no tokens; a list of these for several questions.",
  example: { inputs: { question: "Who wrote it?", context: "Mary Shelley wrote it in 1818." } },
  inputs: v.union([questionSchema, v.array(questionSchema)], "expected {question, context} or an array of them"),
  parameters: {
    head,
    top_k: top_k(1),
    max_answer_len: v.optional(
      v.pipe(count, v.maxValue(LIMITS.answer_tokens), v.description("The most tokens in an answer.")),
      15,
    ),
    max_seq_len: v.optional(v.pipe(count, v.minValue(32), v.description("The most tokens in a window."))),
    doc_stride: v.optional(
      v.pipe(count, v.maxValue(LIMITS.stride_tokens), v.description("Tokens that windows share.")),
    ),
    max_question_len: v.optional(count),
    handle_impossible_answer: v.optional(v.boolean(), false),
    align_to_words: v.optional(v.boolean(), true),
    offset_unit,
  },
  answer: v.union([answerSchema, v.array(answerSchema)]),
  async run(model, inputs, { head, ...parameters }) {
    const questions = listOf(inputs);
    checkTexts(questions.map(({ question, context }): [string, string] => [question, context]));
    const answerer = questionAnswerer(findHead(model, "question-answering", head));
    const best = await runHead(model, answerer, questions, toOptions(parameters));
    return likeInputs(
      inputs,
      best.map((answers) => (parameters.top_k === 1 ? (answers[0] ?? []) : answers)),
    );
  },
});

// Question answering at /answer: {inputs: {question, context}, parameters} → {answer, score, start, end}.
import * as v from "valibot";
import { checkTexts, likeInputs, listOf } from "../src/http/body.ts";
import { LIMITS } from "../src/http/limits.ts";
import { count, head, offset_unit, top_k } from "../src/http/parameters.ts";
import { task } from "../src/http/route.ts";
import { serve } from "../src/http/serve.ts";
import { BertForQuestionAnswering } from "../src/models/bert-for-question-answering.ts";
import { tokenizationOf } from "../src/models/loaded-model.ts";
import { checkWindows } from "./answer-windows.ts";
import { defaultModel } from "./default-model.ts";

const questionSchema = v.strictObject({ question: v.string(), context: v.string() });
const spanSchema = v.object({ answer: v.string(), score: v.number(), start: v.number(), end: v.number() });
const answerSchema = v.union([spanSchema, v.array(spanSchema)]);

/** One answer a question, or a list where `top_k` is more than 1; for several questions a list of these. */
export const answer = task({
  path: "/answer",
  task: "question-answering",
  summary: "Find the answer to a question in its passage",
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
  async run(model, inputs, parameters) {
    const questions = listOf(inputs);
    checkTexts(questions.map(({ question, context }): [string, string] => [question, context]));
    const reader = new BertForQuestionAnswering(model, parameters.head);
    const windows = {
      maxSeqLen: parameters.max_seq_len,
      docStride: parameters.doc_stride,
      maxQuestionLen: parameters.max_question_len,
    };
    checkWindows(tokenizationOf(model), questions, windows);
    const best = await reader.answer(questions, {
      ...windows,
      topK: parameters.top_k,
      maxAnswerLen: parameters.max_answer_len,
      handleImpossibleAnswer: parameters.handle_impossible_answer,
      alignToWords: parameters.align_to_words,
      offsetUnit: parameters.offset_unit,
      maxTokens: LIMITS.batch_tokens,
    });
    return likeInputs(
      inputs,
      best.map((answers) => (parameters.top_k === 1 ? answers[0]! : answers)),
    );
  },
});

export default serve(defaultModel, answer);

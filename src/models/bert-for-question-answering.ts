// BertForQuestionAnswering: where in a passage the answer to a question starts and ends.

import { BertletError } from "../errors.ts";
import type { Answer } from "../heads/answer-spans.ts";
import { type ModelInputs, toFeeds, withEveryToken } from "../heads/inputs.ts";
import { type Labels, lossTensor, spanLoss } from "../heads/losses.ts";
import { columnOf } from "../heads/outputs.ts";
import { type AnswerOptions, type Question, questionAnswerer } from "../heads/question-answering.ts";
import { runHead } from "../heads/run.ts";
import type { Tensor } from "../tensor.ts";
import { BertHeadModel, type ForwardOptions, headOutputs, type ModelOutput, runForward } from "./model.ts";

/** Inputs, and the first and last token of each answer [batch]; a loss needs both. */
export interface QuestionAnsweringInputs extends ModelInputs {
  readonly start_positions?: Labels | undefined;
  readonly end_positions?: Labels | undefined;
}

export interface QuestionAnsweringOutput extends ModelOutput {
  /** [batch, length] each; zero at masked positions. */
  readonly start_logits: Tensor;
  readonly end_logits: Tensor;
}

/**
 * A reader of passages.
 *
 * @example
 * const model = await BertForQuestionAnswering.fromPretrained("models/minilm-l6-heads/model.safetensors");
 * await model.answer([{ question: "Where does she live?", context: "She lives in Berlin." }]);
 * // [[{ score: 0.9…, start: 13, end: 19, answer: "Berlin" }]]
 */
export class BertForQuestionAnswering extends BertHeadModel {
  static override readonly architecture: string = "BertForQuestionAnswering";

  /** @throws BertletError `invalid_input` for inputs or options that are unknown or do not fit */
  async forward(
    { start_positions, end_positions, ...inputs }: QuestionAnsweringInputs,
    options: ForwardOptions = {},
  ): Promise<QuestionAnsweringOutput> {
    if ((start_positions === undefined) !== (end_positions === undefined))
      throw new BertletError("invalid_input", "a loss needs both start_positions and end_positions");
    const feeds = toFeeds(inputs);
    // The reference's loss counts the logits of padding too, which a mask by query and key makes the session compute.
    const read = start_positions === undefined ? feeds : withEveryToken(feeds);
    const { outputs, extras } = await runForward(this.pretrained, read, headOutputs(this.head), options);
    const logits = outputs[`${this.head.name}.logits`]!;
    const loss = start_positions !== undefined && {
      loss: lossTensor(spanLoss(logits, start_positions, end_positions!)),
    };
    return { ...loss, start_logits: columnOf(logits, 0), end_logits: columnOf(logits, 1), ...extras };
  }

  /**
   * The best answers to each question, best first: one, or `topK`. With `handleImpossibleAnswer` the empty answer is one of them.
   * @throws BertletError `empty_input` for an empty question or passage, `invalid_input` for windows that cannot advance
   */
  answer(questions: readonly Question[], options: AnswerOptions = {}): Promise<Answer[][]> {
    return runHead(this.pretrained, questionAnswerer(this.head), questions, options);
  }
}

// Answers in passages: logits [tokens, 2] say where an answer starts and ends. Long passages are read in overlapping windows, and
// answer-spans.ts chooses among all of them.
import type { HeadSpec } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { count, natural, type OptionTable } from "../options.ts";
import { countTokens, offsetMapper, type SequenceRow } from "../tokenizer/tokenizer.ts";
import { type Answer, bestAnswers, SPAN_OPTIONS, type SpanOptions } from "./answer-spans.ts";
import type { Head } from "./head.ts";
import { OFFSET_OPTIONS, type OffsetOptions } from "./text-rows.ts";
import { TEXT_OPTIONS, type TextOptions } from "./tokenization.ts";

export interface Question {
  readonly question: string;
  readonly context: string;
}

/** How long passages are read. */
export interface WindowOptions {
  /** The most tokens of question and passage in a window; 384 when left out. */
  readonly maxSeqLen?: number | undefined;
  /** Tokens that neighbouring windows share; half a window and at most 128 when left out. */
  readonly docStride?: number | undefined;
  /**
   * To how many tokens (64 when left out) a question is cut that leaves no room for the passage. Any other is read whole, as by the
   * reference's pipeline, whose fast tokenizers know no such limit.
   */
  readonly maxQuestionLen?: number | undefined;
}

export interface AnswerOptions extends WindowOptions, SpanOptions, OffsetOptions, Pick<TextOptions, "maxTokens"> {}

const ANSWER_OPTIONS: OptionTable<AnswerOptions> = {
  maxSeqLen: count,
  docStride: natural,
  maxQuestionLen: count,
  ...SPAN_OPTIONS,
  ...OFFSET_OPTIONS,
  maxTokens: TEXT_OPTIONS.maxTokens,
};

/** The best answers to each question, best first. */
export function questionAnswerer(spec: HeadSpec): Head<Question, AnswerOptions, Answer[]> {
  const logits = `${spec.name}.logits`;
  return {
    options: ANSWER_OPTIONS,
    fetches: () => [logits],
    encode(questions, tokenization, options) {
      checkQuestions(questions);
      const { window, stride, maxQuestionLen } = windowsOf(options, tokenization.maxLength);
      if (stride > window)
        throw new BertletError("invalid_input", `docStride ${stride} is more than the ${window} tokens of a window`);
      const { tokenizer } = tokenization;
      const sequences = tokenizer.split(questions.flatMap(({ question, context }) => [question, context]));
      const rows = questions.map((_, index): SequenceRow => {
        const [first, second] = [2 * index, 2 * index + 1];
        const room = window - tokenizer.numSpecialTokensToAdd(true) - countTokens(sequences, first);
        // A question that leaves no room for the passage is cut.
        const isCut = room <= stride && room < countTokens(sequences, second);
        return { first, second, firstTokens: isCut ? maxQuestionLen : undefined };
      });
      const { maxTokens } = options;
      return tokenization.assemble(questions, sequences, rows, {
        truncation: "only_second",
        maxLength: window,
        maxTokens,
        stride,
      });
    },
    decode(outputs, { inputs, encoding, rows }, index, options) {
      const { context } = inputs[index]!;
      const toUnit = offsetMapper(context, options.offsetUnit);
      return bestAnswers(context, rows[index]!, { encoding, logits: outputs[logits] }, options).map((answer) => {
        return { ...answer, start: toUnit(answer.start), end: toUnit(answer.end) };
      });
    },
  };
}

function checkQuestions(questions: readonly Question[]): void {
  for (const [index, { question, context }] of questions.entries()) {
    if (question.trim() === "" || context.trim() === "")
      throw new BertletError("empty_input", `question ${index} or its passage is empty`);
  }
}

/** Those of a window: [CLS] question [SEP] passage [SEP]. */
export const SPECIAL_TOKENS = 3;

/** The options with their defaults; a window is no longer than the model takes. */
function windowsOf(options: WindowOptions, maxLength: number) {
  const window = Math.min(options.maxSeqLen ?? 384, maxLength);
  const stride = options.docStride ?? Math.min(Math.floor(window / 2), 128);
  return { window, stride, maxQuestionLen: options.maxQuestionLen ?? 64 };
}

// Answers in passages: logits [tokens, 2] say where an answer starts and ends. Long passages are read in overlapping windows, and
// answer-spans.ts chooses among all of them.
import type { HeadSpec } from "../architectures/head-spec.ts";
import { BertletError } from "../errors.ts";
import { count, natural, type OptionTable } from "../options.ts";
import type { RaggedOffsets } from "../tokenizer/tokenizer.ts";
import { type Answer, bestAnswers, SPAN_OPTIONS, type SpanOptions } from "./answer-spans.ts";
import type { Head } from "./head.ts";
import type { Pair } from "./next-sentence.ts";
import { OFFSET_OPTIONS, type OffsetOptions, offsetMapper } from "./text-rows.ts";
import { TEXT_OPTIONS, type TextOptions, type Tokenization } from "./tokenization.ts";

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
      const pairs = pairsOf(questions, tokenization, window, stride, maxQuestionLen);
      const truncation = { truncation: "only_second", maxLength: window, maxTokens: options.maxTokens } as const;
      return { ...tokenization.encode(pairs, { ...truncation, stride }), inputs: questions };
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

/** Questions with their passages; a question that would leave no room is cut. */
function pairsOf(
  questions: readonly Question[],
  { tokenizer }: Tokenization,
  window: number,
  stride: number,
  maxQuestionLen: number,
): Pair[] {
  const texts = questions.map(({ question }) => question);
  const alone = tokenizer.encodeBatch(texts, { addSpecialTokens: false, returnOffsetsMapping: true });
  return questions.map(({ question, context }, index) => {
    const [from, to] = [alone.row_starts[index]!, alone.row_starts[index + 1]!];
    const leavesRoom = window - SPECIAL_TOKENS - (to - from) > stride;
    if (leavesRoom || tokenizer.encodeBatch([[question, context]]).input_ids.length <= window)
      return [question, context];
    return [question.slice(0, endOf(alone, Math.min(from + maxQuestionLen, to))), context];
  });
}

/** Those of a window: [CLS] question [SEP] passage [SEP]. */
export const SPECIAL_TOKENS = 3;

/** The options with their defaults; a window is no longer than the model takes. */
export function windowsOf(options: WindowOptions, maxLength: number) {
  const window = Math.min(options.maxSeqLen ?? 384, maxLength);
  const stride = options.docStride ?? Math.min(Math.floor(window / 2), 128);
  return { window, stride, maxQuestionLen: options.maxQuestionLen ?? 64 };
}

/** Where the text before token `token` ends. */
function endOf({ offset_mapping }: RaggedOffsets, token: number): number {
  return token === 0 ? 0 : offset_mapping[2 * token - 1]!;
}

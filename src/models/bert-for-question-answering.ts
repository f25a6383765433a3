// BertForQuestionAnswering: where in a passage the answer to a question starts and ends. Long passages are read in overlapping windows;
// answer-spans.ts chooses among all of them.
import type { Tensor } from "onnxruntime-common";
import { BertletError } from "../errors.ts";
import { type Answer, bestAnswers, type SpanOptions } from "../heads/answer-spans.ts";
import type { ModelInputs } from "../heads/inputs.ts";
import { columnOf } from "../heads/outputs.ts";
import { type OffsetOptions, offsetMapper } from "../heads/text-rows.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { RaggedOffsets } from "../tokenizer/tokenizer.ts";
import type { LoadedModel, PretrainedSource } from "./loaded-model.ts";
import { BertHeadModel, type ForwardOptions, fromPretrained, type HeadOptions, type ModelOutput } from "./model.ts";

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

export interface QuestionAnsweringOutput extends ModelOutput {
  /** [batch, length] each; zero where the mask is. */
  readonly start_logits: Tensor;
  readonly end_logits: Tensor;
}

/**
 * A reader of passages.
 *
 * @example
 * const model = await BertForQuestionAnswering.fromPretrained(await readFile("models/minilm-l6-heads/model.safetensors"));
 * await model.answer([{ question: "Where does she live?", context: "She lives in Berlin." }]);
 * // [[{ score: 0.9…, start: 13, end: 19, answer: "Berlin" }]]
 */
export class BertForQuestionAnswering extends BertHeadModel {
  static readonly architecture: string = "BertForQuestionAnswering";

  constructor(pretrained: LoadedModel, head?: string) {
    super(pretrained, BertForQuestionAnswering.architecture, head);
  }

  static fromPretrained(source: PretrainedSource, options?: HeadOptions): Promise<BertForQuestionAnswering> {
    return fromPretrained(BertForQuestionAnswering, source, options);
  }

  async forward(inputs: ModelInputs, options: ForwardOptions = {}): Promise<QuestionAnsweringOutput> {
    const { outputs, extras } = await this.fetchHead(inputs, options);
    return { start_logits: columnOf(outputs.logits, 0), end_logits: columnOf(outputs.logits, 1), ...extras };
  }

  /**
   * The best answers to each question, best first: one, or `topK`. With `handleImpossibleAnswer` the empty answer is one of them.
   * @throws BertletError `empty_input` for an empty question or passage, `invalid_input` for windows that cannot advance
   */
  async answer(questions: readonly Question[], options: AnswerOptions = {}): Promise<Answer[][]> {
    for (const [index, { question, context }] of questions.entries()) {
      if (question.trim() === "" || context.trim() === "")
        throw new BertletError("empty_input", `question ${index} or its passage is empty`);
    }
    if (questions.length === 0) return [];
    const { maxLength } = this.tokenization;
    const { window, stride, maxQuestionLen } = windowsOf(options, maxLength);
    if (stride > window)
      throw new BertletError("invalid_input", `docStride ${stride} is more than the ${window} tokens of a window`);
    const pairs = this.pairs(questions, window, stride, maxQuestionLen);
    const { encoding, feeds, rows } = this.tokenization.encode(pairs, {
      truncation: "only_second",
      maxLength: window,
      maxTokens: options.maxTokens,
      stride,
    });
    const name = this.outputName("logits");
    const { [name]: logits } = await this.pretrained.session.run(feeds, [name]);
    const spans = { encoding, starts: columnOf(logits, 0), ends: columnOf(logits, 1) };
    return questions.map(({ context }, index) =>
      bestAnswers(context, rows[index]!, spans, options).map((answer) => inUnit(answer, context, options)),
    );
  }

  /** Questions with their passages; a question that would leave no room is cut. */
  private pairs(
    questions: readonly Question[],
    window: number,
    stride: number,
    maxQuestionLen: number,
  ): [string, string][] {
    const { tokenizer } = this;
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
}

/** Those of a window: [CLS] question [SEP] passage [SEP]. */
export const SPECIAL_TOKENS = 3;

/** What the options say, and where they are silent what holds then; a window is no longer than the model takes. */
export function windowsOf(options: WindowOptions, maxLength: number) {
  const window = Math.min(options.maxSeqLen ?? 384, maxLength);
  const stride = options.docStride ?? Math.min(Math.floor(window / 2), 128);
  return { window, stride, maxQuestionLen: options.maxQuestionLen ?? 64 };
}

/** Where the text before token `token` ends. */
function endOf({ offset_mapping }: RaggedOffsets, token: number): number {
  return token === 0 ? 0 : offset_mapping[2 * token - 1]!;
}

function inUnit(answer: Answer, context: string, { offsetUnit }: OffsetOptions): Answer {
  const place = offsetMapper(context, offsetUnit);
  return { ...answer, start: place(answer.start), end: place(answer.end) };
}

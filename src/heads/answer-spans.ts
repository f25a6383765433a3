// Start and end logits to answers: a probability for every span of every window, the best first. After Chen et al. 2017 (DrQA), as in the
// reference's question answering pipeline.

import { count, flag, type OptionTable } from "../options.ts";
import type { Tensor } from "../tensor.ts";
import type { RaggedOffsets } from "../tokenizer/tokenizer.ts";
import { floats } from "./outputs.ts";
import { toScores } from "./scores.ts";
import { offsetOf, type TextRow } from "./text-rows.ts";

export interface SpanOptions {
  /** How many answers, best first; 1 when left out. */
  readonly topK?: number | undefined;
  /** The most tokens in an answer; 15 when left out. */
  readonly maxAnswerLen?: number | undefined;
  /** Whether the empty text is an answer too: that the passage does not say. */
  readonly handleImpossibleAnswer?: boolean | undefined;
  /** Whether an answer is widened to whole words; true when left out. */
  readonly alignToWords?: boolean | undefined;
}

export interface Answer {
  /** The probability of the start times that of the end, within their window. */
  readonly score: number;
  /** The range of the answer in the passage. */
  readonly start: number;
  readonly end: number;
  readonly answer: string;
}

export const SPAN_OPTIONS: OptionTable<SpanOptions> = {
  topK: count,
  maxAnswerLen: count,
  handleImpossibleAnswer: flag,
  alignToWords: flag,
};

/** The tokens of all windows, and their logits [tokens, 2]: of a start and of an end. */
export interface SpanLogits {
  readonly encoding: RaggedOffsets;
  readonly logits: Tensor | undefined;
}

interface Span {
  readonly score: number;
  /** First and last token. */
  readonly first: number;
  readonly last: number;
}

/** The answers to one question; offsets in UTF-16 units. */
export function bestAnswers(
  context: string,
  windows: readonly TextRow[],
  logits: SpanLogits,
  { topK = 1, maxAnswerLen = 15, handleImpossibleAnswer = false, alignToWords = true }: SpanOptions,
): Answer[] {
  const answers: Answer[] = [];
  let impossible = Number.POSITIVE_INFINITY;
  for (const window of windows) {
    const { starts, ends, passage } = probabilities(window, logits);
    impossible = Math.min(impossible, starts[0]! * ends[0]!);
    for (const span of bestSpans(starts, ends, passage, topK, maxAnswerLen)) {
      const [start, end] = offsetsOf(span, window, logits.encoding, alignToWords);
      answers.push({ score: span.score, start, end, answer: context.slice(start, end) });
    }
  }
  if (handleImpossibleAnswer) answers.push({ score: impossible, start: 0, end: 0, answer: "" });
  return answers.sort((a, b) => b.score - a.score).slice(0, topK);
}

/** Softmax over the passage's tokens and [CLS], which stands for "no answer"; zero elsewhere. */
function probabilities({ from, to }: TextRow, { encoding, logits }: SpanLogits) {
  const pairs = floats(logits);
  const tokens = Array.from({ length: to - from }, (_, token) => token);
  const passage = tokens.filter((token) => encoding.sequence_ids[from + token] === 1);
  const masked = (column: 0 | 1): Float32Array => {
    const values = new Float32Array(tokens.length).fill(Number.NEGATIVE_INFINITY);
    for (const token of [0, ...passage]) values[token] = pairs[2 * (from + token) + column]!;
    return toScores(values, "softmax");
  };
  return { starts: masked(0), ends: masked(1), passage };
}

/** The `most` likeliest spans of at most `longest` tokens in one window; of equals the earlier first. */
function bestSpans(
  starts: Float32Array,
  ends: Float32Array,
  passage: readonly number[],
  most: number,
  longest: number,
): Span[] {
  const best: Span[] = [];
  for (const [index, first] of passage.entries()) {
    for (const last of passage.slice(index, index + longest)) {
      const score = starts[first]! * ends[last]!;
      if (best.length === most && score <= best[most - 1]!.score) continue;
      const worse = best.findIndex((span) => span.score < score);
      best.splice(worse < 0 ? best.length : worse, 0, { score, first, last });
      if (best.length > most) best.pop();
    }
  }
  return best;
}

function offsetsOf({ first, last }: Span, { from, to }: TextRow, encoding: RaggedOffsets, toWords: boolean) {
  let [start, end] = [from + first, from + last];
  if (toWords) {
    const sameWord = (a: number, b: number) =>
      encoding.word_ids[a] === encoding.word_ids[b] && encoding.sequence_ids[a] === encoding.sequence_ids[b];
    while (start > from && sameWord(start - 1, start)) start--;
    while (end + 1 < to && sameWord(end + 1, end)) end++;
  }
  return [offsetOf(encoding, start)[0], offsetOf(encoding, end)[1]] as const;
}

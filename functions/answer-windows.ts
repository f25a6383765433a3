// How many tokens the windows over long passages will have together, before any is made: where windows share nearly all of their tokens,
// that is a hundred times the passage.
import type { Tokenization } from "../src/heads/inputs.ts";
import type { AnswerOptions, Question } from "../src/heads/question-answering.ts";
import { RequestError } from "../src/http/errors.ts";
import { LIMITS } from "../src/http/limits.ts";

type WindowOptions = Pick<AnswerOptions, "maxSeqLen" | "docStride" | "maxQuestionLen">;

// [CLS] question [SEP] passage [SEP]
const SPECIAL_TOKENS = 3;

/** @throws RequestError `input_too_large` */
export function checkWindows(by: Tokenization, questions: readonly Question[], options: WindowOptions): void {
  const asked = lengthsOf(by, "question", questions);
  const total = lengthsOf(by, "context", questions).reduce(
    (sum, passage, index) => sum + windowTokens(asked[index]!, passage, by.maxLength, options),
    0,
  );
  if (total > LIMITS.batch_tokens)
    throw new RequestError("input_too_large", `the windows have ${total} tokens, the limit is ${LIMITS.batch_tokens}`);
}

/** The tokens of all windows of one passage, as the model will cut it. */
function windowTokens(question: number, passage: number, maxLength: number, options: WindowOptions): number {
  const { maxSeqLen = 384, maxQuestionLen = 64 } = options;
  const window = Math.min(maxSeqLen, maxLength);
  const { docStride: stride = Math.min(Math.floor(window / 2), 128) } = options;
  const whole = SPECIAL_TOKENS + question;
  if (whole + passage <= window) return whole + passage;
  // A question that leaves no room is cut.
  const around = window - whole > stride ? whole : SPECIAL_TOKENS + Math.min(question, maxQuestionLen);
  const [room, advance] = [window - around, window - around - stride];
  // Windows that cannot advance the model refuses, for what they are.
  const further = advance > 0 ? Math.max(Math.ceil((passage - room) / advance), 0) : 0;
  return (1 + further) * around + passage + further * stride;
}

function lengthsOf({ tokenizer }: Tokenization, field: keyof Question, questions: readonly Question[]): number[] {
  const texts = questions.map((question) => question[field]);
  const { row_starts } = tokenizer.encodeBatch(texts, { addSpecialTokens: false });
  return texts.map((_, row) => row_starts[row + 1]! - row_starts[row]!);
}

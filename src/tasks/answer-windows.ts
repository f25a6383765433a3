// How many tokens the windows over long passages will have together, before any is made: where windows share nearly all of their tokens,
// that is a hundred times the passage.

import { BertletError } from "../errors.ts";
import { type Question, SPECIAL_TOKENS, type WindowOptions, windowsOf } from "../heads/question-answering.ts";
import type { Tokenization } from "../heads/tokenization.ts";
import { LIMITS } from "./limits.ts";
import { tokenCounts } from "./token-counts.ts";

/** @throws BertletError `input_too_large` */
export function checkWindows(by: Tokenization, questions: readonly Question[], options: WindowOptions): void {
  const asked = tokenCounts(
    by,
    questions.map(({ question }) => question),
  );
  const passages = tokenCounts(
    by,
    questions.map(({ context }) => context),
  );
  const windows = passages.map((passage, index) => windowTokens(asked[index]!, passage, by.maxLength, options));
  const total = windows.reduce((sum, tokens) => sum + tokens, 0);
  if (total > LIMITS.batch_tokens)
    throw new BertletError("input_too_large", `the windows have ${total} tokens, the limit is ${LIMITS.batch_tokens}`);
}

/** The tokens of all windows of one passage, as the model will cut it. */
function windowTokens(question: number, passage: number, maxLength: number, options: WindowOptions): number {
  const { window, stride, maxQuestionLen } = windowsOf(options, maxLength);
  const whole = SPECIAL_TOKENS + question;
  if (whole + passage <= window) return whole + passage;
  // A question that leaves no room is cut.
  const around = window - whole > stride ? whole : SPECIAL_TOKENS + Math.min(question, maxQuestionLen);
  const [room, advance] = [window - around, window - around - stride];
  // Windows that cannot advance the model refuses, for what they are.
  const further = advance > 0 ? Math.max(Math.ceil((passage - room) / advance), 0) : 0;
  return (1 + further) * around + passage + further * stride;
}

// Long lists of texts, worked slice by slice: memory stays that of one slice, and other requests get their turns between two of them.
import { tokenizationOf } from "../heads/run.ts";
import type { TextOptions } from "../heads/tokenization.ts";
import type { TextInput } from "../tokenizer/tokenizer.ts";
import { tokenLimits } from "./cost.ts";
import type { RequestModel } from "./request-model.ts";

/**
 * The answers for all texts, computed for one slice of them at a time, each with a token budget of its own.
 * @throws BertletError `input_too_large`, before anything is computed, for too many tokens in all or a text that may not be truncated
 * @example
 * const vectors = await inSlices(model, texts, options, (model, slice) => new BertModel(model).embed(slice, options));
 */
export async function inSlices<Text extends TextInput, Answer>(
  model: RequestModel,
  texts: readonly Text[],
  options: Pick<TextOptions, "truncation">,
  compute: (model: RequestModel, slice: readonly Text[]) => Promise<readonly Answer[]>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const slice of slicesOf(model, texts, options)) answers.push(...(await compute(model.withFreshBudget(), slice)));
  return answers;
}

function slicesOf<Text extends TextInput>(
  model: RequestModel,
  texts: readonly Text[],
  { truncation }: Pick<TextOptions, "truncation">,
): readonly (readonly Text[])[] {
  const tokenization = tokenizationOf(model);
  const { slice_tokens, sliced_tokens } = tokenLimits(model.config);
  if (mostTokens(texts, tokenization.maxLength) <= slice_tokens) return [texts];
  const { rows } = tokenization
    .with({ maxTokens: sliced_tokens, onTruncation: undefined, meter: undefined })
    .encode(texts, { truncation });
  const starts: number[] = [];
  let tokens = slice_tokens;
  for (const [index, [row]] of rows.entries()) {
    const length = row!.to - row!.from;
    tokens += length;
    if (tokens <= slice_tokens) continue;
    starts.push(index);
    tokens = length;
  }
  return starts.map((start, slice) => texts.slice(start, starts[slice + 1]));
}

// [CLS], [SEP], and the second [SEP] of a pair.
const SPECIAL_TOKENS = 3;

/** About the most tokens that the texts can have: one per character. A short list need not be tokenised twice. */
function mostTokens(texts: readonly TextInput[], maxLength: number): number {
  const lengths = texts.map((text) => (typeof text === "string" ? text.length : text[0].length + text[1].length));
  return lengths.reduce((sum, length) => sum + Math.min(length + SPECIAL_TOKENS, maxLength), 0);
}

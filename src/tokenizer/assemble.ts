// Sequences of tokens → rows with special tokens: pairs, truncation, windows, the limit on all tokens.
import { BertletError } from "../errors.ts";
import type { AssemblyPlan } from "./encode-options.ts";
import type { RaggedBuilder } from "./ragged.ts";
import { countTokens, type SequenceRow, type Sequences } from "./sequences.ts";
import type { Template } from "./template.ts";
import type { Row, Truncate } from "./truncation.ts";

/** What {@link assembleRows} works with. */
export interface Assembly {
  readonly builder: RaggedBuilder;
  readonly sequences: Sequences;
  readonly template: Template;
  readonly plan: AssemblyPlan;
  readonly truncate: Truncate;
}

/**
 * Appends the rows to the builder.
 *
 * @throws BertletError `input_too_large` as soon as the rows have more than `plan.maxTokens` tokens together; `invalid_input` for a row that
 * cannot be truncated as asked, or names a text that is not there
 */
export function assembleRows(assembly: Assembly, rows: readonly SequenceRow[]): void {
  for (let sample = 0; sample < rows.length; sample++) assembleSample(assembly, sample, rows[sample]!);
}

function assembleSample(assembly: Assembly, sample: number, source: SequenceRow): void {
  const { sequences, template, plan, truncate } = assembly;
  const isPair = source.second !== undefined;
  const added = plan.addSpecialTokens ? (isPair ? template.addedToPair : template.addedToSingle) : 0;
  const budget = plan.maxLength - added;
  if (budget < 0)
    throw new BertletError("invalid_input", `maxLength ${plan.maxLength} leaves no room for ${added} special tokens`);
  const first = tokensOf(sequences, source.first);
  const a = Math.min(first, source.firstTokens ?? Number.POSITIVE_INFINITY);
  const b = isPair ? tokensOf(sequences, source.second!) : -1;
  const total = a + Math.max(b, 0);
  if (a < first) assembly.builder.markTruncated(sample);
  if (total <= budget) {
    append(assembly, sample, source, { aFrom: 0, aTo: a, bFrom: 0, bTo: Math.max(b, 0) }, added);
    return;
  }
  for (const row of truncate(a, b, { budget, strategy: plan.strategy, stride: plan.stride, side: plan.side })) {
    append(assembly, sample, source, row, added);
    if (plan.withOverflow) continue;
    const kept = row.aTo - row.aFrom + row.bTo - row.bFrom;
    if (kept < total && a === first) assembly.builder.markTruncated(sample);
    return;
  }
}

function append(
  { builder, sequences, template, plan }: Assembly,
  sample: number,
  { first, second }: SequenceRow,
  row: Row,
  added: number,
): void {
  const tokens = builder.length + added + row.aTo - row.aFrom + row.bTo - row.bFrom;
  if (tokens > plan.maxTokens) throw tooManyTokens(tokens, plan);
  const pieces = second === undefined ? template.single : template.pair;
  builder.row(sample, sequences, first, second ?? -1, row, pieces, plan.addSpecialTokens);
}

function tokensOf(sequences: Sequences, index: number): number {
  const count = countTokens(sequences, index);
  if (Number.isNaN(count)) {
    const texts = sequences.row_starts.length - 1;
    throw new BertletError("invalid_input", `a row names text ${index}; there are ${texts}`);
  }
  return count;
}

function tooManyTokens(tokens: number, { maxTokens, spentTokens }: AssemblyPlan): BertletError {
  const [sum, limit] = [spentTokens + tokens, spentTokens + maxTokens];
  return new BertletError("input_too_large", `the texts have at least ${sum} tokens, the limit is ${limit}`);
}

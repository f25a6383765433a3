// Rows made of ids instead of texts, as the reference's base class makes them for every tokenizer.
import type { Template } from "./template.ts";
import { type Side, type TruncationStrategy, truncatedRowAndRest } from "./truncation.ts";

/** A row of ids with special tokens, their types, and 1 for each special token. */
export interface BuiltRow {
  readonly ids: number[];
  readonly types: number[];
  readonly special: number[];
}

/** Puts the template's special tokens around ids. */
export function buildRow(template: Template, ids: readonly number[], pairIds?: readonly number[]): BuiltRow {
  const row: BuiltRow = { ids: [], types: [], special: [] };
  for (const { id, sequence, type } of pairIds ? template.pair : template.single) {
    const piece = sequence < 0 ? [id] : sequence === 0 ? ids : pairIds!;
    row.ids.push(...piece);
    row.types.push(...piece.map(() => type));
    row.special.push(...piece.map(() => (sequence < 0 ? 1 : 0)));
  }
  return row;
}

/** A row of ids alone. */
export function bareRow(ids: number[]): BuiltRow {
  return { ids, types: ids.map(() => 0), special: ids.map(() => 0) };
}

/** A row ready for a model. */
export interface PreparedRow {
  readonly input_ids: number[];
  readonly token_type_ids: number[];
  readonly attention_mask: number[];
  readonly special_tokens_mask: number[];
}

/** What truncation leaves of ids, and what it cuts off. */
export interface TruncatedIds {
  readonly ids: number[];
  readonly pairIds: number[] | undefined;
  /** The tokens that were cut off, preceded by `stride` more; empty for a pair cut "longest_first". */
  readonly overflowingTokens: number[];
}

/** Removes `count` ids by the rules of the reference's `truncate_sequences`. */
export function truncateIds(
  ids: readonly number[],
  pairIds: readonly number[] | undefined,
  count: number,
  { strategy, stride, side }: { strategy: TruncationStrategy; stride: number; side: Side },
): TruncatedIds {
  const budget = ids.length + (pairIds?.length ?? 0) - Math.max(count, 0);
  const plan = { budget, strategy, stride, side };
  const [kept, ...others] = truncatedRowAndRest(ids.length, pairIds?.length ?? -1, plan);
  const rest = pairIds && strategy === "longest_first" ? undefined : others[0];
  return {
    ids: ids.slice(kept!.aFrom, kept!.aTo),
    pairIds: pairIds?.slice(kept!.bFrom, kept!.bTo),
    overflowingTokens: rest
      ? [...ids.slice(rest.aFrom, rest.aTo), ...(pairIds?.slice(rest.bFrom, rest.bTo) ?? [])]
      : [],
  };
}

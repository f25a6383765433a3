// How a batch is split over threads: by the groups that one session would run, because a row's last bit depends on the rows beside it.
//
// Letters: H hidden size, F inner size of a layer, S tokens of a row.
import type { EncoderSpec } from "../architectures/encoder-spec.ts";
import type { Group } from "../wasm/kernel/session.ts";

/** Multiply-accumulate operations of a layer for a row. */
function rowCost({ hiddenSize: H, layers }: EncoderSpec, S: number): number {
  return S * (4 * H * H + 2 * H * layers.innerSize + 2 * S * H);
}

/** Operations of a layer for all rows of a group. */
export function groupCost(encoder: EncoderSpec, { rows }: Pick<Group, "rows">): number {
  return rows.reduce((sum, { ids }) => sum + rowCost(encoder, ids.length), 0);
}

/**
 * The groups in the order in which free threads are to take them: the costliest first, so that all threads end at about the same time.
 * @example
 * costliestFirst(encoder, groupRows(batch)).map(({ tokens }) => tokens); // [256, 128, 120, 40]
 */
export function costliestFirst<G extends Pick<Group, "rows">>(encoder: EncoderSpec, groups: readonly G[]): G[] {
  const costs = new Map(groups.map((group) => [group, groupCost(encoder, group)]));
  return groups.toSorted((a, b) => costs.get(b)! - costs.get(a)!);
}

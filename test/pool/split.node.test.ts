// How a batch is split over threads.
import { expect, test } from "vitest";
import { encoderSpec } from "../../src/architectures/architectures.ts";
import { costliestFirst, groupCost } from "../../src/pool/split.ts";
import { Tensor } from "../../src/tensor.ts";
import { batchLimits, readBatch } from "../../src/wasm/batch.ts";
import { groupRows } from "../../src/wasm/kernel/session.ts";
import { tinyConfig } from "../builders.ts";

const encoder = encoderSpec(tinyConfig({ hidden_size: 384, intermediate_size: 1536, max_position_embeddings: 512 }));

function groupsOf(lengths: readonly number[]) {
  const starts = [0];
  for (const length of lengths) starts.push(starts.at(-1)! + length);
  const input_ids = new Tensor("int32", new Int32Array(starts.at(-1)!), [starts.at(-1)!]);
  const row_starts = new Tensor("int32", Int32Array.from(starts), [starts.length]);
  return groupRows(readBatch({ input_ids, row_starts }, batchLimits(encoder, "embeddings")));
}

test("the costliest group is the first to be taken, and none is lost", () => {
  const groups = groupsOf([40, 40, 512, 20, 100, 300, 60]);
  expect(groups.map(({ tokens }) => tokens)).toEqual([80, 512, 120, 300, 60]);
  expect(costliestFirst(encoder, groups).map(({ tokens }) => tokens)).toEqual([512, 300, 120, 80, 60]);
});

test("a long row costs more than short ones of as many tokens, by what its tokens attend to", () => {
  const [long] = groupsOf([120]);
  const [short] = groupsOf(Array.from({ length: 12 }, () => 10));
  expect(short!.tokens).toBe(long!.tokens);
  // 2 · H multiply-accumulates of each token for every other one.
  expect(groupCost(encoder, long!) - groupCost(encoder, short!)).toBe(2 * 384 * (120 * 120 - 12 * 10 * 10));
  expect(costliestFirst(encoder, [short!, long!])).toEqual([long, short]);
});

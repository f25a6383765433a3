import { expect, test } from "vitest";
import { bucketOf } from "../../src/architectures/position-buckets.ts";

test("near distances have a bucket each, far ones share, and keys behind the query have the other half", () => {
  // What transformers' MPNetEncoder.relative_position_bucket gives.
  const expected: readonly (readonly [distance: number, bucket: number])[] = [
    ...[0, 1, 2, 7].map((n) => [-n, n] as const),
    [-8, 8],
    [-11, 8],
    [-12, 9],
    [-16, 10],
    [-32, 12],
    [-64, 14],
    [-127, 15],
    [-128, 15],
    [-500, 15],
    [1, 17],
    [7, 23],
    [8, 24],
    [128, 31],
  ];
  for (const [distance, bucket] of expected)
    expect([distance, bucketOf(distance, 32, 128)]).toEqual([distance, bucket]);
});

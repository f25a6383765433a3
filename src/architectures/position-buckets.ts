// Buckets of distances between tokens, each of which has a bias of its own.

/**
 * The bucket of a distance from a query to a key: one for each near distance, then ones that grow with the distance's logarithm, and the other
 * half of them for keys behind the query. After T5's `_relative_position_bucket`, in f32.
 */
export function bucketOf(distance: number, buckets: number, farthest: number): number {
  const half = Math.trunc(buckets / 2);
  const behind = distance > 0 ? half : 0;
  const n = Math.abs(distance);
  const near = Math.trunc(half / 2);
  if (n < near) return behind + n;
  const share = Math.fround(
    Math.fround(Math.fround(Math.log(Math.fround(n / near))) / Math.log(farthest / near)) * (half - near),
  );
  return behind + Math.min(near + Math.trunc(share), half - 1);
}

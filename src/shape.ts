// Shapes of tensors: the extent of each axis.

/**
 * The number of elements of a tensor; 1 for a scalar, whose shape is [].
 *
 * @example
 * elementCount([2, 3, 4]); // 24
 */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

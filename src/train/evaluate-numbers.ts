// What the answers of a head of numbers say of it, on examples that it has not seen.
import { pearson, spearman } from "../eval/correlation.ts";

export interface NumbersReport {
  readonly examples: number;
  readonly mean_absolute_error: number;
  readonly root_mean_squared_error: number;
  /** Which part of the variance is explained; below 0 for answers that are worse than the mean. 0 where all numbers are the same. */
  readonly r2: number;
  /** Correlation of values, and of ranks; 0 where either side does not vary. */
  readonly pearson: number;
  readonly spearman: number;
}

/**
 * @param predictions [N]
 * @param targets [N]
 */
export function evaluateNumbers(predictions: ArrayLike<number>, targets: Float64Array): NumbersReport {
  const N = targets.length;
  const given = Float64Array.from(predictions);
  let [absolute, squared] = [0, 0];
  for (let n = 0; n < N; n++) {
    const difference = given[n]! - targets[n]!;
    absolute += Math.abs(difference);
    squared += difference * difference;
  }
  const mean = targets.reduce((sum, value) => sum + value, 0) / N;
  const variance = targets.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return {
    examples: N,
    mean_absolute_error: absolute / N,
    root_mean_squared_error: Math.sqrt(squared / N),
    r2: variance === 0 ? 0 : 1 - squared / variance,
    pearson: pearson(given, targets),
    spearman: spearman(given, targets),
  };
}

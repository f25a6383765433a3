// What the answers of a head of numbers say of it, on examples that it has not seen.

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
  const centred = centre(targets);
  const variance = dot(centred, centred);
  return {
    examples: N,
    mean_absolute_error: absolute / N,
    root_mean_squared_error: Math.sqrt(squared / N),
    r2: variance === 0 ? 0 : 1 - squared / variance,
    pearson: correlation(given, targets),
    spearman: correlation(ranksOf(given), ranksOf(targets)),
  };
}

function correlation(a: Float64Array, b: Float64Array): number {
  const [x, y] = [centre(a), centre(b)];
  const norm = Math.sqrt(dot(x, x) * dot(y, y));
  return norm === 0 ? 0 : dot(x, y) / norm;
}

function centre(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}

/** Ranks from 1; equal values share the mean of theirs. */
function ranksOf(values: Float64Array): Float64Array {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let at = from; at < to; at++) ranks[order[at]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}

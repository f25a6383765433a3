// Losses in double precision: the sum of their terms.

/** −log softmax(x)[label] of each row of x [M][C]; rows with a negative label take no part. */
export function crossEntropy(x: ArrayLike<number>, labels: ArrayLike<number>, C: number): number {
  let sum = 0;
  for (let m = 0; m < labels.length; m++) {
    if (labels[m]! < 0) continue;
    const row = Array.from({ length: C }, (_, c) => x[m * C + c]!);
    const largest = Math.max(...row);
    const total = row.reduce((powers, value) => powers + Math.exp(value - largest), 0);
    sum += Math.log(total) + largest - row[labels[m]!]!;
  }
  return sum;
}

/** −t log σ(x) − (1 − t) log(1 − σ(x)) of each element. */
export function binaryCrossEntropy(x: ArrayLike<number>, targets: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++)
    sum += Math.max(x[i]!, 0) - x[i]! * targets[i]! + Math.log1p(Math.exp(-Math.abs(x[i]!)));
  return sum;
}

/** (x − t)² of each element. */
export function squaredError(x: ArrayLike<number>, targets: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! - targets[i]!) ** 2;
  return sum;
}

/** (a · b − label)² of each pair of rows [K]. */
export function cosinePairs(a: ArrayLike<number>, b: ArrayLike<number>, labels: ArrayLike<number>, K: number): number {
  let sum = 0;
  for (let m = 0; m < labels.length; m++) {
    let product = 0;
    for (let k = m * K; k < (m + 1) * K; k++) product += a[k]! * b[k]!;
    sum += (product - labels[m]!) ** 2;
  }
  return sum;
}

/** Rows [K] at length 1. */
export function normalize(x: ArrayLike<number>, K: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let at = 0; at < x.length; at += K) {
    let squares = 0;
    for (let k = at; k < at + K; k++) squares += x[k]! ** 2;
    const length = Math.max(Math.sqrt(squares), 1e-8);
    for (let k = at; k < at + K; k++) y[k] = x[k]! / length;
  }
  return y;
}

// How much of one text or two goes into a row, and the windows over the rest. Arithmetic on lengths: no ids, no text.
import { BertletError } from "../errors.ts";

export const TRUNCATION_STRATEGIES = ["longest_first", "only_first", "only_second", "do_not_truncate"] as const;
export type TruncationStrategy = (typeof TRUNCATION_STRATEGIES)[number];
export type Side = "left" | "right";

/** Tokens [aFrom, aTo) of the first text, [bFrom, bTo) of the second. */
export interface Row {
  readonly aFrom: number;
  readonly aTo: number;
  readonly bFrom: number;
  readonly bTo: number;
}

export interface TruncationPlan {
  /** The most tokens in a row, not counting special tokens. */
  readonly budget: number;
  readonly strategy: TruncationStrategy;
  /** Tokens that neighbouring windows share. */
  readonly stride: number;
  readonly side: Side;
}

/** Cuts texts of `a` and `b` tokens to rows; `b` is -1 for a single text. Rows come one by one, so that a caller can stop. */
export type Truncate = (a: number, b: number, plan: TruncationPlan) => Iterable<Row>;

type Range = readonly [from: number, to: number];

/**
 * The rows of fast tokenizers: the truncated one, then windows over the rest.
 *
 * @param a the tokens of the first text
 * @param b the tokens of the second, or -1 for a single text
 * @throws BertletError `invalid_input` if the strategy cannot make it fit, or if windows cannot advance
 */
export function* truncatedRows(a: number, b: number, plan: TruncationPlan): Generator<Row> {
  const second = Math.max(b, 0);
  const [keepA, keepB] = keptTokens(a, b, plan);
  const windowsOfA = [...windows(a, keepA, plan)];
  const [firstA] = windowsOfA;
  let firstB: Range | undefined;
  for (const rangeB of windows(second, keepB, plan)) {
    if (!firstB) {
      firstB = rangeB;
      yield row(firstA!, firstB);
      for (const rangeA of windowsOfA.slice(1))
        for (const each of windows(second, keepB, plan)) yield row(rangeA, each);
    } else yield row(firstA!, rangeB);
  }
}

/** How many tokens of each text stay in a row. */
function keptTokens(a: number, b: number, { budget, strategy }: TruncationPlan): [a: number, b: number] {
  const second = Math.max(b, 0);
  const excess = a + second - budget;
  if (excess <= 0 || strategy === "do_not_truncate") return [a, second];
  if (budget === 0) return [0, 0];
  if (strategy === "longest_first") return b < 0 ? [a - excess, 0] : longestFirst(a, b, budget);
  const isFirst = strategy === "only_first";
  if (!isFirst && b < 0) throw new BertletError("invalid_input", "truncation only_second needs a second text");
  if ((isFirst ? a : second) <= excess) {
    throw new BertletError(
      "invalid_input",
      `the sequence to truncate (${strategy}) is too short for the given maxLength`,
    );
  }
  return isFirst ? [a - excess, second] : [a, second - excess];
}

/** The reference's split of a budget: the shorter text stays whole up to half of it; beyond that both get half, the longer the odd token. */
function longestFirst(a: number, b: number, budget: number): [number, number] {
  const shorter = Math.min(a, b);
  let longer = shorter > budget ? shorter : Math.max(shorter, budget - shorter);
  let least = shorter;
  if (least + longer > budget) {
    least = Math.floor(budget / 2);
    longer = least + (budget % 2);
  }
  return a > b ? [longer, least] : [least, longer];
}

/** Windows of `size` tokens over `length`, each starting `size - stride` after the one before; the last reaches the end. */
function* windows(length: number, size: number, { stride, side }: TruncationPlan): Generator<Range> {
  if (size >= length) {
    yield [0, length];
    return;
  }
  if (size === 0) {
    yield [0, 0];
    yield [0, length];
    return;
  }
  if (stride >= size) {
    throw new BertletError(
      "invalid_input",
      `stride ${stride} must be less than the ${size} tokens that a window holds`,
    );
  }
  for (let from = 0; ; from += size - stride) {
    const to = Math.min(from + size, length);
    yield side === "right" ? [from, to] : [length - to, length - from];
    if (to === length) return;
  }
}

/**
 * The rows of slow tokenizers: the truncated one, then one of everything that was cut off, preceded by `stride` tokens. A pair cut
 * "longest_first" has no second row. A text that is too short to be cut stays whole.
 */
export function* truncatedRowAndRest(
  a: number,
  b: number,
  { budget, strategy, side, stride }: TruncationPlan,
): Generator<Row> {
  const second = Math.max(b, 0);
  const excess = Math.max(a + second - budget, 0);
  let [cutA, cutB] = [0, 0];
  if (strategy === "longest_first" && b >= 0) {
    const difference = Math.min(Math.abs(a - b), excess);
    const half = Math.floor((excess - difference) / 2);
    cutA = a > b ? difference + half : half;
    cutB = excess - cutA;
  } else if (strategy === "only_second") cutB = second > excess ? excess : 0;
  else if (strategy !== "do_not_truncate") cutA = a > excess ? excess : 0;
  const [keptA, restA] = parts(a, cutA, stride, side);
  const [keptB, restB] = parts(second, cutB, stride, side);
  yield row(keptA, keptB);
  if (cutA > 0 !== cutB > 0) yield cutA > 0 ? row(restA, [0, 0]) : row([0, 0], restB);
}

/** Of `length` tokens, those that stay when `cut` are cut off, and those cut off with `stride` more. */
function parts(length: number, cut: number, stride: number, side: Side): [kept: Range, rest: Range] {
  const rest = Math.min(length, cut + stride);
  if (side === "right")
    return [
      [0, length - cut],
      [length - rest, length],
    ];
  return [
    [cut, length],
    [0, rest],
  ];
}

function row(a: Range, b: Range): Row {
  return { aFrom: a[0], aTo: a[1], bFrom: b[0], bTo: b[1] };
}

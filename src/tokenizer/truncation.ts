// How much of one text or two goes into a row, and the windows over what does not fit. Arithmetic on lengths alone: no ids, no text.
import { BertletError } from "../errors.ts";

export type TruncationStrategy = "longest_first" | "only_first" | "only_second" | "do_not_truncate";
export type Side = "left" | "right";

/** Tokens [aFrom, aTo) of the first text, [bFrom, bTo) of the second. */
export interface Row {
  readonly aFrom: number;
  readonly aTo: number;
  readonly bFrom: number;
  readonly bTo: number;
}

export interface TruncationPlan {
  /** The most tokens in a row, special ones aside. */
  readonly budget: number;
  readonly strategy: TruncationStrategy;
  /** Tokens that neighbouring windows share. */
  readonly stride: number;
  readonly side: Side;
}

type Range = readonly [from: number, to: number];

/**
 * The rows of BertTokenizerFast: the first is the truncated one, the others are the windows over the rest.
 *
 * @param a - tokens of the first text
 * @param b - tokens of the second, or -1 where there is none
 * @throws BertletError `invalid_input` where the strategy cannot make it fit, or where windows could not advance
 */
export function truncatedRows(a: number, b: number, plan: TruncationPlan): Row[] {
  const second = Math.max(b, 0);
  const excess = a + second - plan.budget;
  if (excess <= 0 || plan.strategy === "do_not_truncate") return [{ aFrom: 0, aTo: a, bFrom: 0, bTo: second }];
  let [keepA, keepB] = [a, second];
  if (plan.budget === 0) [keepA, keepB] = [0, 0];
  else if (plan.strategy === "longest_first")
    [keepA, keepB] = b < 0 ? [a - excess, 0] : longestFirst(a, b, plan.budget);
  else {
    const isFirst = plan.strategy === "only_first";
    if (!isFirst && b < 0) throw new BertletError("invalid_input", "truncation only_second needs a second text");
    if ((isFirst ? a : second) <= excess) {
      throw new BertletError(
        "invalid_input",
        `the sequence to truncate (${plan.strategy}) is too short for the given maxLength`,
      );
    }
    if (isFirst) keepA = a - excess;
    else keepB = second - excess;
  }
  const [firstA, ...restA] = windows(a, keepA, plan);
  const [firstB, ...restB] = windows(second, keepB, plan);
  return [
    row(firstA!, firstB!),
    ...restA.flatMap((ra) => [firstB!, ...restB].map((rb) => row(ra, rb))),
    ...restB.map((rb) => row(firstA!, rb)),
  ];
}

/** The reference's way to share a budget: the shorter keeps what it has, and past half they share evenly, the odd one going to the longer. */
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

/** Windows of `size` tokens over `length`, each starting `size - stride` after the last one; the last reaches the end. */
function windows(length: number, size: number, { stride, side }: TruncationPlan): Range[] {
  if (size >= length) return [[0, length]];
  if (size === 0)
    return [
      [0, 0],
      [0, length],
    ];
  if (stride >= size) {
    throw new BertletError(
      "invalid_input",
      `stride ${stride} must be less than the ${size} tokens that a window holds`,
    );
  }
  const ranges: Range[] = [];
  for (let done = 0; ; done += size - stride) {
    const end = Math.min(done + size, length);
    ranges.push(side === "right" ? [done, end] : [length - end, length - done]);
    if (end === length) return ranges;
  }
}

/**
 * The rows of BertTokenizer: the truncated one, and one of all that was cut off with `stride` tokens before it. There is no second row for a pair
 * cut "longest_first". It does not complain where a text is too short to truncate: that is left whole.
 */
export function truncatedRowAndRest(a: number, b: number, { budget, strategy, side, stride }: TruncationPlan): Row[] {
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
  const rows = [row(keptA, keptB)];
  if (cutA > 0 !== cutB > 0) rows.push(cutA > 0 ? row(restA, [0, 0]) : row([0, 0], restB));
  return rows;
}

/** What stays of `length` tokens when `cut` go, and what goes with `stride` more. */
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

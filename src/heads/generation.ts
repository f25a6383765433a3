// Choosing tokens one after the other: greedy, sampled, or by beams. It knows no model: a function gives the logits after each row.

import { BertletError } from "../errors.ts";
import { mulberry32 } from "../random.ts";
import { argmax, logSoftmax, topIndices, toScores } from "./scores.ts";

export interface GenerationOptions {
  /** The most tokens to add; 20 when neither limit is given. */
  readonly maxNewTokens?: number | undefined;
  /** The most tokens in all, the prompt's included. */
  readonly maxLength?: number | undefined;
  /** Tokens that end a row. */
  readonly stopTokenIds?: readonly number[] | undefined;
  /** Draw tokens by their probability instead of taking the likeliest. */
  readonly doSample?: boolean | undefined;
  /** Divides the logits before drawing; 1 when left out. */
  readonly temperature?: number | undefined;
  /** Draw among this many likeliest tokens; 50 when left out, as in the reference, and 0 for all. */
  readonly topK?: number | undefined;
  /** Draw among the likeliest tokens that hold this much probability together; 1 when left out. */
  readonly topP?: number | undefined;
  /** The same seed draws the same tokens; 0 when left out. */
  readonly seed?: number | undefined;
  /** Rows that are kept side by side, the best of which wins; 1 when left out. */
  readonly numBeams?: number | undefined;
  /** A finished beam's score is its log probability divided by its new tokens to this power; 1 when left out. */
  readonly lengthPenalty?: number | undefined;
  /** Stop as soon as `numBeams` beams are finished, also where a better one could still come. */
  readonly earlyStopping?: boolean | undefined;
}

/** The logits [V] of the token after each row. */
export type NextLogits = (rows: readonly (readonly number[])[]) => Promise<Float32Array[]>;

type Choose = (logits: Float32Array) => number;

/**
 * Continues each prompt.
 * @param positions the most tokens that a row may have
 * @throws BertletError `invalid_input` for an empty prompt, one that is too long, or options out of range
 */
export async function generate(
  prompts: readonly (readonly number[])[],
  next: NextLogits,
  positions: number,
  options: GenerationOptions,
): Promise<number[][]> {
  check(prompts, positions, options);
  const limits = prompts.map((prompt) => lengthLimit(prompt.length, positions, options));
  const stops = new Set(options.stopTokenIds);
  if ((options.numBeams ?? 1) === 1) {
    return continueAll(prompts, next, limits, stops, options.doSample ? sampler(options) : argmax);
  }
  const results: number[][] = [];
  for (const [index, prompt] of prompts.entries()) {
    results.push(await beamSearch(prompt, next, limits[index]!, stops, options));
  }
  return results;
}

function check(prompts: readonly (readonly number[])[], positions: number, options: GenerationOptions): void {
  const { numBeams = 1, doSample, temperature = 1, topK = 50, topP = 1, maxNewTokens = 0, maxLength = 0 } = options;
  const counts = { numBeams: numBeams - 1, topK, maxNewTokens, maxLength };
  const wrong = Object.entries(counts).find(([, count]) => !Number.isInteger(count) || count < 0);
  if (wrong) throw invalid(`${wrong[0]} is not a count`);
  if (!(temperature > 0)) throw invalid(`temperature ${temperature} is not positive`);
  if (!(topP > 0 && topP <= 1)) throw invalid(`topP ${topP} is not in (0, 1]`);
  if (numBeams > 1 && doSample) throw invalid("beams are not drawn: numBeams and doSample exclude each other");
  for (const [index, { length }] of prompts.entries()) {
    if (length === 0) throw invalid(`prompt ${index} is empty`);
    if (length > positions) throw invalid(`prompt ${index} has ${length} tokens, the model takes ${positions}`);
  }
}

function lengthLimit(prompt: number, positions: number, { maxNewTokens, maxLength }: GenerationOptions): number {
  const added = maxNewTokens ?? (maxLength === undefined ? 20 : Number.POSITIVE_INFINITY);
  return Math.min(prompt + added, maxLength ?? positions, positions);
}

/** All rows a token further at a time, each until it stops. */
async function continueAll(
  prompts: readonly (readonly number[])[],
  next: NextLogits,
  limits: readonly number[],
  stops: ReadonlySet<number>,
  choose: Choose,
): Promise<number[][]> {
  const rows = prompts.map((prompt) => [...prompt]);
  let open = [...rows.keys()].filter((row) => rows[row]!.length < limits[row]!);
  while (open.length > 0) {
    const logits = await next(open.map((row) => rows[row]!));
    for (const [index, row] of open.entries()) rows[row]!.push(choose(logits[index]!));
    open = open.filter((row) => rows[row]!.length < limits[row]! && !stops.has(rows[row]!.at(-1)!));
  }
  return rows;
}

/** Draws tokens: temperature, then the `topK` likeliest, then those of `topP`, in the reference's order. */
function sampler({ temperature = 1, topK = 50, topP = 1, seed = 0 }: GenerationOptions): Choose {
  const random = mulberry32(seed);
  return (logits) => {
    const ids = topIndices(logits, topK === 0 ? logits.length : topK);
    const scores = toScores(
      Float32Array.from(ids, (id) => logits[id]! / temperature),
      "softmax",
    );
    let kept = 0;
    let mass = 0;
    do mass += scores[kept++]!;
    while (kept < ids.length && mass < topP);
    let rest = random() * mass;
    for (let i = 0; i < kept; i++) {
      rest -= scores[i]!;
      if (rest < 0) return ids[i]!;
    }
    return ids[kept - 1]!;
  };
}

/** A row with the sum of its tokens' log probabilities, or once it is finished its score. */
interface Beam {
  readonly ids: readonly number[];
  readonly score: number;
}

/** The best row that beams find, by the reference's rules. */
async function beamSearch(
  prompt: readonly number[],
  next: NextLogits,
  limit: number,
  stops: ReadonlySet<number>,
  { numBeams = 1, lengthPenalty = 1, earlyStopping = false }: GenerationOptions,
): Promise<number[]> {
  const finish = ({ ids, score }: Beam): Beam => ({
    ids,
    score: score / (ids.length - prompt.length) ** lengthPenalty,
  });
  let open: readonly Beam[] = [{ ids: prompt, score: 0 }];
  let finished: Beam[] = [];
  let done = false;
  while (!done && open.length > 0 && open[0]!.ids.length < limit) {
    const candidates = extend(open, await next(open.map(({ ids }) => ids)), 2 * numBeams);
    const stopped = candidates.slice(0, numBeams).filter(({ ids }) => stops.has(ids.at(-1)!));
    finished = bestBeams([...finished, ...stopped.map(finish)], numBeams);
    open = candidates.filter(({ ids }) => !stops.has(ids.at(-1)!)).slice(0, numBeams);
    done = finished.length === numBeams && (earlyStopping || finished.at(-1)!.score >= finish(candidates[0]!).score);
  }
  const unfinished = done || open[0]?.ids === prompt ? [] : open.map(finish);
  return [...(bestBeams([...finished, ...unfinished], 1)[0]?.ids ?? prompt)];
}

/** The `count` likeliest continuations of all beams by one token. */
function extend(beams: readonly Beam[], logits: readonly Float32Array[], count: number): Beam[] {
  const all = beams.flatMap(({ ids, score }, beam) => {
    const logs = logSoftmax(logits[beam]!);
    return topIndices(logs, count).map((token) => ({ ids: [...ids, token], score: score + logs[token]! }));
  });
  return bestBeams(all, count);
}

function bestBeams(beams: readonly Beam[], count: number): Beam[] {
  return beams.toSorted((a, b) => b.score - a.score).slice(0, count);
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}

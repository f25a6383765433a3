// Choosing tokens one after the other: the likeliest, sampled, or by beams. It knows no model: a function gives the logits after each row.
import { BertletError } from "../../errors.ts";
import { checkOptions } from "../../options.ts";
import { argmax } from "../scores.ts";
import { beamSearch } from "./beam-search.ts";
import { GENERATION_OPTIONS, type GenerationOptions } from "./options.ts";
import { type Choose, sampler } from "./sampling.ts";
import { type ScoreProcessor, scoreProcessor } from "./score-processors.ts";

/**
 * The logits [V] of the token after each row.
 * @param prompts the index of the prompt that each row continues
 */
export type NextLogits = (rows: readonly (readonly number[])[], prompts: readonly number[]) => Promise<Float32Array[]>;

/**
 * Continues each prompt: `numReturnSequences` rows per prompt, those of one prompt together.
 * @param positions the most tokens that a row may have
 * @throws BertletError `invalid_input` for an empty prompt, one that is too long, or options that make no sense
 */
export async function generate(
  prompts: readonly (readonly number[])[],
  next: NextLogits,
  positions: number,
  options: GenerationOptions,
): Promise<number[][]> {
  check(prompts, positions, options);
  const { numBeams = 1, numReturnSequences = 1, doSample = false } = options;
  const process = scoreProcessor(options);
  if (numBeams > 1) {
    const results: number[][] = [];
    for (const [index, prompt] of prompts.entries()) {
      const limit = lengthLimit(prompt.length, positions, options);
      const own = (rows: readonly (readonly number[])[]) => next(rows, Array<number>(rows.length).fill(index));
      results.push(...(await beamSearch(prompt, own, limit, process, options)));
    }
    return results;
  }
  const rows = prompts.flatMap((prompt) => Array.from({ length: numReturnSequences }, () => prompt));
  const nextOf: NextOfRows = (some, indices) =>
    next(
      some,
      indices.map((row) => Math.floor(row / numReturnSequences)),
    );
  return continueAll(rows, nextOf, positions, process, doSample ? sampler(options) : argmax, options);
}

function check(prompts: readonly (readonly number[])[], positions: number, options: GenerationOptions): void {
  checkOptions(options, GENERATION_OPTIONS);
  const { numBeams = 1, doSample, numReturnSequences = 1 } = options;
  if (numBeams > 1 && doSample) throw invalid("beams are not sampled: numBeams and doSample exclude each other");
  if (numReturnSequences > 1 && !doSample && numReturnSequences > numBeams)
    throw invalid(`numReturnSequences ${numReturnSequences} needs doSample, or as many numBeams`);
  for (const [index, { length }] of prompts.entries()) {
    if (length === 0) throw invalid(`prompt ${index} is empty`);
    if (length > positions) throw invalid(`prompt ${index} has ${length} tokens, the model takes ${positions}`);
  }
}

function lengthLimit(prompt: number, positions: number, { maxNewTokens, maxLength }: GenerationOptions): number {
  const added = maxNewTokens ?? (maxLength === undefined ? 20 : Number.POSITIVE_INFINITY);
  return Math.min(prompt + added, maxLength ?? positions, positions);
}

/** The logits after some rows, by their indices among all. */
type NextOfRows = NextLogits;

/** All rows one token further at a time, each until it stops. */
async function continueAll(
  prompts: readonly (readonly number[])[],
  next: NextOfRows,
  positions: number,
  process: ScoreProcessor,
  choose: Choose,
  options: GenerationOptions,
): Promise<number[][]> {
  const stops = new Set(options.stopTokenIds);
  const rows = prompts.map((prompt) => [...prompt]);
  const limits = prompts.map(({ length }) => lengthLimit(length, positions, options));
  let open = [...rows.keys()].filter((row) => rows[row]!.length < limits[row]!);
  while (open.length > 0) {
    const logits = await next(
      open.map((row) => rows[row]!),
      open,
    );
    for (const [index, row] of open.entries()) {
      const scores = logits[index]!.slice();
      process(scores, rows[row]!, prompts[row]!.length);
      rows[row]!.push(choose(scores));
    }
    open = open.filter((row) => rows[row]!.length < limits[row]! && !stops.has(rows[row]!.at(-1)!));
  }
  return rows;
}

function invalid(message: string): BertletError {
  return new BertletError("invalid_input", message);
}

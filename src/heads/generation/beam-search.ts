// Beam search, by the rules of the reference's BeamSearchScorer.
import { logSoftmax, topIndices } from "../scores.ts";
import type { GenerationOptions } from "./options.ts";
import type { ScoreProcessor } from "./score-processors.ts";

/** The logits [V] of the token after each row of one prompt. */
type BeamLogits = (rows: readonly (readonly number[])[]) => Promise<Float32Array[]>;

/** A row with the sum of its tokens' log probabilities, or once it is finished its score. */
interface Beam {
  readonly ids: readonly number[];
  readonly score: number;
}

/** The best rows that beams find, best first. */
export async function beamSearch(
  prompt: readonly number[],
  next: BeamLogits,
  limit: number,
  process: ScoreProcessor,
  options: GenerationOptions,
): Promise<number[][]> {
  const { numBeams = 1, numReturnSequences = 1, lengthPenalty = 1, stopTokenIds = [] } = options;
  const stops = new Set(stopTokenIds);
  const scoreAt = (sum: number, length: number) => sum / (length - prompt.length) ** lengthPenalty;
  const finish = ({ ids, score }: Beam): Beam => ({ ids, score: scoreAt(score, ids.length) });
  let open: readonly Beam[] = [{ ids: prompt, score: 0 }];
  let finished: Beam[] = [];
  let done = false;
  while (!done && open.length > 0 && open[0]!.ids.length < limit) {
    // Enough that `numBeams` of them go on whichever tokens stop.
    const most = Math.max(2, 1 + stops.size) * numBeams;
    const candidates = extend(open, await next(open.map(({ ids }) => ids)), most, process, prompt.length);
    const stopped = candidates.slice(0, numBeams).filter(({ ids }) => stops.has(ids.at(-1)!));
    finished = bestBeams([...finished, ...stopped.map(finish)], numBeams);
    open = candidates.filter(({ ids }) => !stops.has(ids.at(-1)!)).slice(0, numBeams);
    const [{ ids, score }] = candidates as [Beam];
    const length = options.earlyStopping === "never" && lengthPenalty > 0 ? limit : ids.length;
    const enough = options.earlyStopping === true || (finished.at(-1)?.score ?? 0) >= scoreAt(score, length);
    done = finished.length === numBeams && enough;
  }
  const unfinished = done || open[0]?.ids === prompt ? [] : open.map(finish);
  const best = bestBeams([...finished, ...unfinished], numReturnSequences);
  if (best.length === 0) return [[...prompt]];
  // As in the reference, a finished row ends with the first stop token, whichever stopped it.
  return best.map(({ ids }) => (stops.has(ids.at(-1)!) ? [...ids.slice(0, -1), stopTokenIds[0]!] : [...ids]));
}

/** The `count` likeliest continuations of all beams by one token. */
function extend(
  beams: readonly Beam[],
  logits: readonly Float32Array[],
  count: number,
  process: ScoreProcessor,
  prompt: number,
): Beam[] {
  const all = beams.flatMap(({ ids, score }, beam) => {
    const logs = logSoftmax(logits[beam]!);
    process(logs, ids, prompt);
    return topIndices(logs, count).map((token) => ({ ids: [...ids, token], score: score + logs[token]! }));
  });
  return bestBeams(all, count);
}

function bestBeams(beams: readonly Beam[], count: number): Beam[] {
  return beams.toSorted((a, b) => b.score - a.score).slice(0, count);
}

// Heads and sentence vectors of the same texts in one pass of the encoder: the heads are answered by answerHeads, and the vectors made
// from the hidden states of that very run.
import { pool } from "../src/heads/embedding.ts";
import { floats } from "../src/heads/outputs.ts";
import type { Pretrained } from "../src/heads/pretrained.ts";
import { answerHeads, type HeadAnswer, type SeveralHeadsOptions } from "../src/heads/several-heads.ts";
import { type Feeds, fetchNames, type InferenceSession } from "../src/wasm/session.ts";

export interface Pass {
  /** For each text, each head's answer by its name. */
  readonly answers: readonly Readonly<Record<string, HeadAnswer>>[];
  /** For each text the mean of its tokens' vectors, of length 1. Read from the pass only when called. */
  vectors(): readonly Float32Array[];
}

/** @param vectors whether `vectors()` will be called; hidden states cost memory and are not kept otherwise */
export async function runPass(
  pretrained: Pretrained,
  texts: readonly string[],
  heads: readonly string[],
  options: SeveralHeadsOptions,
  vectors: boolean,
): Promise<Pass> {
  const seen: Run[] = [];
  const session = vectors ? observed(pretrained.session, seen) : pretrained.session;
  const answers = await answerHeads({ ...pretrained, session }, texts, heads, options);
  return { answers, vectors: () => seen.flatMap((run) => meansOf(run, pretrained.config.hidden_size)) };
}

interface Run {
  readonly feeds: Feeds;
  readonly outputs: Awaited<ReturnType<InferenceSession["run"]>>;
}

const HIDDEN = "last_hidden_state";

/** The session, fetching the hidden states beside what it is asked for and remembering its runs. */
function observed(session: InferenceSession, seen: Run[]): InferenceSession {
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    memory: session.memory,
    release: () => session.release(),
    run: async (feeds, fetches) => {
      const outputs = await session.run(feeds, [...fetchNames(fetches, session.outputNames), HIDDEN]);
      seen.push({ feeds, outputs });
      return outputs;
    },
  };
}

function meansOf({ feeds, outputs }: Run, H: number): Float32Array[] {
  const hidden = floats(outputs[HIDDEN]);
  const starts = Array.from(feeds.row_starts!.data as Int32Array);
  return starts.slice(1).map((end, row) => pool(hidden.subarray(starts[row]! * H, end * H), H, {}));
}

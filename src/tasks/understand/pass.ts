// Heads and vectors of the same texts in one pass of the encoder: answerHeads answers the heads, and the vectors are made from the
// hidden states of that very run.
import { pool } from "../../heads/embedding.ts";
import type { AggregationOptions } from "../../heads/entities.ts";
import { floats } from "../../heads/outputs.ts";
import type { LoadedModel } from "../../models/loaded-model.ts";
import { answerHeads, type HeadAnswer, type SeveralHeadsOptions } from "../../models/several-heads.ts";
import { type Feeds, fetchNames, type InferenceSession, withRun } from "../../wasm/session.ts";

/** What the pass tells of one text. */
export interface Told {
  readonly answers: Readonly<Record<string, HeadAnswer>>;
  /** The mean of the tokens' vectors, of length 1; where vectors were asked for. */
  readonly vector: Float32Array | undefined;
}

export interface PassOptions
  extends Omit<SeveralHeadsOptions, "parameters">,
    Pick<AggregationOptions, "aggregationStrategy"> {
  readonly vectors: boolean;
}

/** One entry a text. @throws BertletError as answerHeads */
export async function runPass(
  model: LoadedModel,
  texts: readonly string[],
  heads: readonly string[],
  { vectors, aggregationStrategy, ...options }: PassOptions,
): Promise<Told[]> {
  const seen: Run[] = [];
  const session = vectors ? observed(model.session, seen) : model.session;
  const parameters = Object.fromEntries(heads.map((head) => [head, { aggregationStrategy }]));
  const answers = await answerHeads({ ...model, session }, texts, heads, { ...options, parameters });
  const means = seen.flatMap((run) => meansOf(run, model.config.hidden_size));
  return answers.map((answers, index) => ({ answers, vector: means[index] }));
}

interface Run {
  readonly feeds: Feeds;
  readonly outputs: Awaited<ReturnType<InferenceSession["run"]>>;
}

const HIDDEN = "last_hidden_state";

/** The session, fetching the hidden states beside what it is asked for and remembering its runs. */
function observed(session: InferenceSession, seen: Run[]): InferenceSession {
  return withRun(session, async (feeds, fetches) => {
    const outputs = await session.run(feeds, [...fetchNames(fetches, session.outputNames), HIDDEN]);
    seen.push({ feeds, outputs });
    return outputs;
  });
}

function meansOf({ feeds, outputs }: Run, H: number): Float32Array[] {
  const hidden = floats(outputs[HIDDEN]);
  const starts = Array.from(feeds.row_starts!.data as Int32Array);
  return starts.slice(1).map((end, row) => pool(hidden.subarray(starts[row]! * H, end * H), H, {}));
}

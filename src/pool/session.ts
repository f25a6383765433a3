// A pool of threads behind the session interface: checks a batch as one session does, gives its groups of rows to threads, and puts
// their outputs together.
import { BertletError } from "../errors.ts";
import type { PackedHeader } from "../model-file/packed.ts";
import { elementCount } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { BATCH_INPUTS, batchLimits, readBatch } from "../wasm/batch.ts";
import { type Catalogue, needsFirst, Output, parseRequest } from "../wasm/kernel/outputs.ts";
import { checkFirstTokens, type Group, groupRows } from "../wasm/kernel/session.ts";
import { bindOutputs } from "../wasm/kernel/steps.ts";
import { Weights } from "../wasm/kernel/weights.ts";
import { type Feeds, type Fetches, fetchNames, type InferenceSession, type RunOptions } from "../wasm/session.ts";
import { type Part, partOf, putRows } from "./feeds.ts";
import type { ThreadData } from "./messages.ts";
import { costliestFirst } from "./split.ts";
import { Threads } from "./threads.ts";

/** One output of the whole batch. */
interface Whole {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array;
  /** Whether it has one row per token, and not per text. */
  readonly ofTokens: boolean;
}

/**
 * A session that runs the rows of a batch on several threads at once. Its outputs are those of one session, to the last bit. It takes no keys
 * and values of a decoder, which are in the memory of one thread.
 */
export class PoolSession implements InferenceSession, AsyncDisposable {
  readonly inputNames = BATCH_INPUTS.embeddings;
  readonly outputNames: readonly string[];
  readonly #catalogue: Catalogue;
  readonly #threads: Threads;

  private constructor(catalogue: Catalogue, threads: Threads) {
    this.#catalogue = catalogue;
    this.#threads = threads;
    this.outputNames = ["last_hidden_state", ...catalogue.outputs.map(({ name }) => name)];
  }

  /**
   * @param header what the model's file says of itself
   * @throws BertletError `invalid_checkpoint` for a damaged file, `out_of_memory` for a model that does not fit
   */
  static async create(header: PackedHeader, data: ThreadData, threads: number): Promise<PoolSession> {
    // Only the names and sizes of outputs are used here; the threads have the weights.
    const outputs = bindOutputs(header, new Weights(header, 0));
    return new PoolSession({ encoder: header.encoder, outputs }, await Threads.start(data, threads));
  }

  /** The threads' numbers, as worker_threads counts them. */
  get threadIds(): readonly number[] {
    return this.#threads.ids;
  }

  /** Of all threads together. */
  get memory(): InferenceSession["memory"] {
    return this.#threads.memory;
  }

  /**
   * As {@link InferenceSession.run}. `between` is awaited between two groups of rows.
   * @throws BertletError as a session does, and `unavailable` if a thread ends before it has answered
   */
  async run(feeds: Feeds, fetches?: Fetches, options: RunOptions = {}): Promise<Record<string, Tensor>> {
    if (options.keyValues) throw new BertletError("unsupported", "a pool of threads keeps no keys and values");
    if (options.encoded) throw new BertletError("unsupported", "a pool of threads takes no encoded texts");
    const names = [...new Set(fetchNames(fetches, this.outputNames))];
    const { groups, outputs } = this.#check(feeds, names);
    if (groups.length === 1) return this.#threads.run({ feeds, fetches: names });
    const whole = outputs.map(newWhole);
    const ordered = costliestFirst(this.#catalogue.encoder, groups);
    await this.#runGroups(ordered, options.between, async ({ row, rows }) => {
      const part = partOf(feeds, row, row + rows.length);
      const results = await this.#threads.run({ feeds: part.feeds, fetches: names });
      for (const output of whole) put(results[output.name]!, part, output);
    });
    return Object.fromEntries(whole.map(({ name, values, dims }) => [name, new Tensor("float32", values, dims)]));
  }

  /** Runs in progress, and those after it, throw. Resolves when the threads have ended. */
  async release(): Promise<void> {
    await this.#threads.release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** What KernelSession checks before it computes, so that an error names the row of the batch, and not that of a part. */
  #check(feeds: Feeds, names: readonly string[]) {
    const { encoder } = this.#catalogue;
    const requests = names.map((name) => [name, parseRequest(name, this.#catalogue)] as const);
    const first = requests.some(([, request]) => needsFirst(request));
    const batch = readBatch(feeds, batchLimits(encoder, "embeddings"), first);
    if (encoder.causal) checkFirstTokens(batch);
    const outputs = requests.map(([name, request]) => new Output(name, request, batch, encoder));
    return { groups: groupRows(batch), outputs };
  }

  /** Runs the groups in order, as many at a time as there are threads. After a failure no further one begins. */
  async #runGroups(
    groups: readonly Group[],
    between: RunOptions["between"],
    run: (group: Group) => Promise<void>,
  ): Promise<void> {
    let next = 0;
    const lane = async (isFirst: boolean): Promise<void> => {
      for (let turn = 0; next < groups.length; turn++) {
        // The caller has one turn, which one lane gives back and takes again.
        if (isFirst && turn > 0) await between?.();
        const group = groups[next++];
        if (group) await run(group);
      }
    };
    const lanes = Array.from({ length: this.#threads.count }, (_, index) =>
      lane(index === 0).catch((error: unknown) => {
        next = groups.length;
        throw error;
      }),
    );
    const failed = (await Promise.allSettled(lanes)).find(({ status }) => status === "rejected");
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }
}

function newWhole({ name, dims, request }: Output): Whole {
  const ofTokens = request.kind === "hidden" || (request.kind === "steps" && !request.output.pooling);
  return { name, dims, ofTokens, values: new Float32Array(elementCount(dims)) };
}

function put({ data }: Tensor, part: Part, { dims, ofTokens, values }: Whole): void {
  putRows(data as Float32Array, ofTokens ? part.token : part.row, elementCount(dims.slice(1)), values);
}

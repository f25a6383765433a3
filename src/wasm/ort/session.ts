// The ort engine: any ONNX graph of the BERT family on onnxruntime-web's wasm build. An entry of its own, which nothing that is shared
// imports, so that a Worker that does not ask for it does not carry its 14 MB.
import type { InferenceSession as Ort } from "onnxruntime-web";
import { POOLINGS, type PoolingMode } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import { EXTERNAL_FILE, withoutInitializers } from "../../onnx/external.ts";
import { Tensor } from "../../tensor.ts";
import { type Feeds, type Fetches, fetchNames, type InferenceSession, type RunOptions } from "../session.ts";
import { exclusively, type OrtEngine, ortEngine } from "./engine.ts";
import { type GraphInput, graphInputs, toGraphFeeds } from "./feeds.ts";
import { takeTokens } from "./tokens.ts";

/** Failures are thrown; ONNX Runtime need not print them as well. */
const FATAL = 4;

export interface OrtSessionOptions {
  /**
   * The most bytes of wasm memory (4 GiB when left out). The sessions of an isolate share one memory, so the smallest maximum of those alive
   * holds for all.
   */
  readonly maximumMemory?: number;
  /** Detach the model's whole buffer once it is loaded, so that no copy stays in the heap even where a module holds on to it. */
  readonly transfer?: boolean;
}

/**
 * A session on onnxruntime-web: one thread, plain wasm, in Node and in Workers. Inputs are `input_ids`, `attention_mask` and
 * `token_type_ids` [batch, length] or those of them that the graph has, int32 or int64; without a mask every token counts, without
 * token types all are 0. Outputs are the graph's own; ONNX Runtime computes all of them, whichever are fetched. Ragged feeds (`row_starts`)
 * are padded for it and their outputs un-padded, and `output_tokens` picks rows when it is done: the same answers, at ONNX Runtime's cost.
 *
 * @example
 * const session = await OrtSession.create(await readFile("model.onnx"));
 * const input_ids = new Tensor("int32", Int32Array.of(101, 7592, 102), [1, 3]);
 * const { last_hidden_state } = await session.run({ input_ids }, ["last_hidden_state"]); // [1, 3, hidden_size]
 */
export class OrtSession implements InferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #engine: OrtEngine;
  readonly #limit: { readonly maximum: number };
  readonly #inputs: readonly GraphInput[];
  #session: Ort | undefined;

  private constructor(engine: OrtEngine, limit: { readonly maximum: number }, session: Ort) {
    this.#engine = engine;
    this.#limit = limit;
    this.#session = session;
    this.#inputs = graphInputs(session.inputMetadata);
    this.inputNames = this.#inputs.map((input) => input.name);
    this.outputNames = [...session.outputNames];
  }

  /**
   * Loads an ONNX file.
   *
   * @throws BertletError `invalid_checkpoint` for a damaged file, `unsupported` for a graph with other inputs, `out_of_memory`
   */
  static async create(model: ArrayBuffer | Uint8Array, options: OrtSessionOptions = {}): Promise<InferenceSession> {
    const bytes = model instanceof Uint8Array ? model : new Uint8Array(model);
    const engine = await ortEngine();
    return exclusively(async () => {
      const limit = { maximum: options.maximumMemory ?? Number.POSITIVE_INFINITY };
      engine.limits.add(limit);
      let session: Ort | undefined;
      try {
        session = await engine.Session.create(withoutInitializers(bytes), {
          externalData: [{ path: EXTERNAL_FILE, data: bytes }],
          enableCpuMemArena: false,
          logSeverityLevel: FATAL,
        });
        const created = new OrtSession(engine, limit, session);
        if (options.transfer && bytes.buffer instanceof ArrayBuffer) bytes.buffer.transfer(0);
        return created;
      } catch (error) {
        await session?.release();
        engine.limits.delete(limit);
        throw loadError(error);
      }
    });
  }

  async run(feeds: Feeds, fetches?: Fetches, { keyValues, encoded }: RunOptions = {}): Promise<Record<string, Tensor>> {
    if (keyValues) throw new BertletError("unsupported", "the ort engine keeps no keys and values");
    if (encoded) throw new BertletError("unsupported", "the ort engine takes no encoded texts");
    const names = fetchNames(fetches, this.outputNames);
    const sources = new Map(names.map((name) => [name, this.#source(name)]));
    const { padded, select, pool } = takeTokens(feeds, this.#inputs);
    // ONNX Runtime reads of a tensor what ours has: type, data, dims and location.
    const inputs = toGraphFeeds(padded, this.#inputs) as Record<string, unknown> as Ort.FeedsType;
    return exclusively(async () => {
      if (!this.#session) throw new BertletError("invalid_input", "the session is released");
      if (names.length === 0) return {};
      const graphNames = [...new Set(Array.from(sources.values(), ({ output }) => output))];
      const outputs = await this.#session
        .run(inputs, graphNames, { logSeverityLevel: FATAL })
        .catch((error: unknown) => {
          throw runError(error);
        });
      return Object.fromEntries(
        Array.from(sources, ([name, { output, pooling }]) => {
          const tensor = own(outputs[output]!);
          return [name, pooling ? pool(tensor, pooling) : select(tensor, this.#shape(output))];
        }),
      );
    });
  }

  async release(): Promise<void> {
    await exclusively(async () => {
      const session = this.#session;
      this.#session = undefined;
      this.#engine.limits.delete(this.#limit);
      await session?.release();
    });
  }

  /** The graph's output that a fetch is made of, and how it is pooled. */
  #source(name: string): { output: string; pooling?: PoolingMode } {
    if (this.outputNames.includes(name)) return { output: name };
    const pooling = POOLINGS.find((mode) => name === `pooled.${mode}`);
    if (pooling && this.outputNames.includes("last_hidden_state")) return { output: "last_hidden_state", pooling };
    throw new BertletError(
      "invalid_input",
      `there is no output ${name}; the outputs are ${this.outputNames.join(", ")}`,
    );
  }

  /** An output's shape as the graph declares it. */
  #shape(output: string): readonly (number | string)[] {
    const declared = this.#session?.outputMetadata.find(({ name }) => name === output);
    return declared?.isTensor ? declared.shape : [];
  }

  get memory(): { readonly bytes: number; readonly maximum: number } {
    return { bytes: this.#engine.bytes, maximum: this.#engine.maximum };
  }
}

/** The package's bundle brings a Tensor class of its own; callers know ours. */
function own({ type, data, dims }: Tensor): Tensor {
  return new Tensor(type, data, dims);
}

function loadError(error: unknown): BertletError {
  if (error instanceof BertletError) return error;
  if (outOfMemory(error))
    return new BertletError("out_of_memory", "the model does not fit the memory", { cause: error });
  return new BertletError("invalid_checkpoint", `not an ONNX model that can be run: ${reason(error)}`, {
    cause: error,
  });
}

function runError(error: unknown): BertletError {
  if (outOfMemory(error))
    return new BertletError("input_too_large", "the input does not fit the memory", { cause: error });
  return new BertletError("invalid_input", `the graph does not take this input: ${reason(error)}`, { cause: error });
}

function outOfMemory(error: unknown): boolean {
  return error instanceof Error && /bad_alloc|failed to allocate/i.test(error.message);
}

/** What ONNX Runtime says, without the places in its own source. */
function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [line = ""] = (message.split(/Status Message: |ERROR_MESSAGE: /).at(-1) ?? "").split("\n");
  return line.replace(/^\/\S+:\d+ .* was false\. /, "");
}

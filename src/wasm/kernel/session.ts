// The kernel engine: a packed model in wasm memory behind the session interface. It decides what a run computes and where outputs go;
// the encoder (encoder.ts) and the steps of the outputs (steps.ts) do the rest.

import { loadKernelModule, MAXIMUM_MEMORY } from "#kernel";
import type { PoolingMode } from "../../architectures/head-spec.ts";
import { BertletError } from "../../errors.ts";
import { type LayerRange, selectLayers } from "../../model-file/layers.ts";
import { type PackedHeader, type PackedModel, type PackedSource, readPacked } from "../../model-file/packed.ts";
import { align } from "../../quantize/layout.ts";
import type { Tensor } from "../../tensor.ts";
import { BATCH_INPUTS, type Batch, batchLimits, readBatch, type Start, type TokenRow } from "../batch.ts";
import type { KernelBuild, KernelExports } from "../kernels/abi.ts";
import { poolTokens } from "../pooling.ts";
import { type Feeds, type Fetches, fetchNames, type InferenceSession, type RunOptions } from "../session.ts";
import { Layout, SessionMemory } from "./arena.ts";
import { type AttentionPlace, Encoder, type EncoderObserver, type EncoderPlan } from "./encoder.ts";
import { type Catalogue, isFromFirst, needsAllTokens, needsFirst, Output, parseRequest } from "./outputs.ts";
import { preferredBuild } from "./relaxed-simd.ts";
import { type BoundOutput, bindOutputs, planSteps, runSteps, type StepsPlan } from "./steps.ts";
import { Weights } from "./weights.ts";

export interface KernelSessionOptions {
  /** Which build of the kernels; the fastest that the runtime knows when left out. */
  readonly build?: KernelBuild;
  /** The most wasm memory that the session may take, in bytes; in a Worker 112 MiB when left out, elsewhere what can be addressed. */
  readonly maximumMemory?: number;
  /**
   * The layers to hold, from the first to before the second, of a model too large for one session: all when left out. A session that does
   * not begin with layer 0 takes `hidden_states` [batch, length, H] (or [tokens, H] with row_starts) instead of `input_ids`: the
   * `last_hidden_state` of the session before. One that does not end with the last layer has only hidden states and attentions. Each
   * counts its own layers from 0.
   */
  readonly layers?: LayerRange;
}

// A group of more multiply-accumulate operations (about 150 tokens of MiniLM-L6) pauses between layers, too, where the caller wants to pause.
const LONG_OPERATIONS = 1.6e9;

// Far more turns than all requests in flight have before the one that pauses has its next.
const ABANDONED_AFTER_TURNS = 1000;

// Rows are taken together until they hold this many tokens: enough to use each weight well while it is in the cache.
const GROUP_TOKENS = 128;

/** Rows that go through the encoder together. */
export interface Group {
  readonly rows: readonly TokenRow[];
  /** Index in the batch of the first row, and of its first token. */
  readonly row: number;
  readonly token: number;
  /** M: tokens in all rows. */
  readonly tokens: number;
  /** Those of the M that have a row in the outputs. */
  readonly chosen: readonly number[];
  readonly hook: LayerHook | undefined;
}

interface GroupPlan {
  readonly encoder: EncoderPlan;
  /** f32 [chosen.length][H]: the hidden states of `chosen` if those are not all tokens. */
  readonly chosen: number;
  /** f32 [R][width]: pooled vectors. */
  readonly pooled: number;
  readonly steps: StepsPlan;
  readonly afterAttention: EncoderObserver["afterAttention"];
}

/** What a kind of session adds to the layers in one run. */
export interface LayerHook {
  /** @throws BertletError `invalid_input` or `input_too_large` for a batch that it does not fit */
  accept(batch: Batch): void;
  /** Lays out what a group needs; what it returns is called between each layer's attention and feed-forward part. */
  plan(layout: Layout, group: Group, plan: EncoderPlan): (place: AttentionPlace) => void;
}

type InputListener = (name: string, x: Float32Array, M: number, K: number) => void;

export class KernelSession implements InferenceSession {
  // `declare`: a field that is only declared is code, and every Worker carries it.
  declare readonly inputNames: readonly string[];
  declare readonly outputNames: readonly string[];
  /** What the file said of itself, and the tokenizer's tables. */
  declare readonly model: PackedModel;
  readonly #start: Start;
  readonly #catalogue: Catalogue;
  protected readonly encoder: Encoder;
  #memory: SessionMemory | undefined;
  /** The group that pauses between two layers: where its activations end, and how often it has paused. */
  #paused: { readonly top: number; parts: number } | undefined;
  #inputListener: InputListener | undefined;

  protected constructor(model: PackedModel, memory: SessionMemory, kernel: KernelExports, start: Start) {
    const { encoder } = model.header;
    const weights = new Weights(model.header, memory.weights);
    this.model = model;
    this.#start = start;
    this.#memory = memory;
    this.encoder = new Encoder(encoder, kernel, memory, weights, start);
    this.#catalogue = { encoder, outputs: bindOutputs(model.header, weights) };
    this.inputNames = BATCH_INPUTS[start];
    this.outputNames = ["last_hidden_state", ...this.#catalogue.outputs.map(({ name }) => name)];
  }

  /**
   * Loads a packed model: its weights are written once, to the place they are used from.
   * @throws BertletError `invalid_checkpoint` for a damaged file, `out_of_memory` for a model that does not fit
   * @example
   * const session = await KernelSession.create(await readFile("models/minilm-l6-heads/model.safetensors"));
   * const input_ids = new Tensor("int32", [101, 7592, 102], [1, 3]);
   * const { last_hidden_state } = await session.run({ input_ids }, ["last_hidden_state"]); // [1, 3, 384]
   */
  static async create(source: PackedSource, options: KernelSessionOptions = {}): Promise<KernelSession> {
    const { build = preferredBuild(), maximumMemory = MAXIMUM_MEMORY, layers } = options;
    const module = await loadKernelModule(build);
    let memory: SessionMemory | undefined;
    const place = ({ weightBytes }: PackedHeader) => {
      memory = new SessionMemory(weightBytes, maximumMemory);
      return memory.u8(memory.weights, weightBytes);
    };
    const model = await readPacked(source, place, layers && ((header) => selectLayers(header, layers)));
    // Not the asynchronous form: in a Worker, a request that ends in the middle would leave every other one waiting.
    const instance = new WebAssembly.Instance(module, { env: { memory: memory!.memory } });
    const start = layers && layers[0] > 0 ? "hidden_states" : "embeddings";
    // The module is our own build of src/wasm/kernels, which exports exactly this.
    // The class that it is called on, which may be a subclass.
    return new this(model, memory!, instance.exports as unknown as KernelExports, start);
  }

  get keyValuesOf(): object | undefined {
    return this.#catalogue.encoder.causal ? this.encoder : undefined;
  }

  get memory(): { bytes: number; maximum: number } {
    return { bytes: this.#memory?.bytes ?? 0, maximum: this.#memory?.maximum ?? 0 };
  }

  /**
   * The packed weights, `model.header.weightBytes` of them, for unpackModel. A view: valid until the next run.
   * @throws BertletError `invalid_input` if the session was released
   */
  get weights(): Uint8Array {
    const memory = this.#held();
    return memory.u8(memory.weights, this.model.header.weightBytes);
  }

  /**
   * As InferenceSession says; outputs at masked positions are zero.
   * @param hook for subclasses
   */
  async run(
    feeds: Feeds,
    fetches?: Fetches,
    { between, keyValues, encoded }: RunOptions = {},
    hook?: LayerHook,
  ): Promise<Record<string, Tensor>> {
    if (encoded && !hook) throw new BertletError("invalid_input", "this session takes no encoded texts");
    const memory = this.#held();
    const { encoder } = this.#catalogue;
    const names = [...new Set(fetchNames(fetches, this.outputNames))];
    const requests = names.map((name) => [name, parseRequest(name, this.#catalogue)] as const);
    const first = requests.some(([, request]) => needsFirst(request));
    const batch = readBatch(feeds, batchLimits(encoder, this.#start), first, keyValues);
    if (encoder.causal) checkFirstTokens(batch);
    const attends = requests.some(([, { kind }]) => kind === "attention");
    if (keyValues && (keyValues.length !== batch.rows.length || batch.length || !encoder.causal || attends))
      throw new BertletError(
        "invalid_input",
        "keyValues are for ragged rows of a decoder, one each, and not with attentions",
      );
    const outputs = requests.map(([name, request]) => new Output(name, request, batch, encoder));
    hook?.accept(batch);
    const groups = groupRows(batch, hook);
    this.#reserve(memory, groups, outputs);
    for (const [index, group] of groups.entries()) {
      if (between && index > 0) {
        // Nothing of this run is in wasm memory now: results are outside.
        await between();
        this.#held();
      }
      if (between && this.#takesLong(group)) await this.#runInParts(memory, group, outputs, batch, between);
      else finish(this.#runGroup(memory, group, this.#planNow(memory, group, outputs), outputs, batch));
    }
    return Object.fromEntries(outputs.map((output) => [output.name, output.tensor]));
  }

  /**
   * Calls `listen` with the inputs [M][K] of each matrix of the encoder's layers, in every run from now on; K is a multiple of 16. The
   * values are valid during the call.
   * @internal for calibration
   */
  observeInputs(listen: InputListener): void {
    this.#inputListener = listen;
  }

  /** @throws BertletError `invalid_input` after its release, `unavailable` where the platform is about to end the request */
  #held(): SessionMemory {
    if (!this.#memory) throw new BertletError("invalid_input", "the session was released");
    this.#memory.checkSignal();
    return this.#memory;
  }

  async release(): Promise<void> {
    this.#memory = undefined;
  }

  #takesLong({ tokens }: Group): boolean {
    const { hiddenSize: H, layers } = this.#catalogue.encoder;
    return tokens * layers.count * H * (4 * H + 2 * layers.innerSize) > LONG_OPERATIONS;
  }

  /**
   * Runs a group with a pause between two layers. Its activations stay in the arena meanwhile, so that there is one such group at a time, and
   * others are laid out above it.
   */
  async #runInParts(
    memory: SessionMemory,
    group: Group,
    outputs: readonly Output[],
    batch: Batch,
    between: () => Promise<void>,
  ): Promise<void> {
    await this.#untilNonePauses(between);
    const layout = new Layout(memory.arena);
    const plan = this.#plan(layout, group, outputs);
    const own = { top: layout.bytes, parts: 0 };
    this.#paused = own;
    try {
      for (const _ of this.#runGroup(memory, group, plan, outputs, batch)) {
        own.parts++;
        await between();
        this.#held();
        if (this.#paused !== own)
          throw new BertletError("overloaded", "the run was given up: it did not go on in time");
      }
    } finally {
      if (this.#paused === own) this.#paused = undefined;
    }
  }

  /** A Worker may drop a request in the middle of its run; one that does not go on while others have many turns is given up. */
  async #untilNonePauses(between: () => Promise<void>): Promise<void> {
    let [paused, parts] = [this.#paused, this.#paused?.parts];
    for (let turns = 0; this.#paused && turns < ABANDONED_AFTER_TURNS; turns++) {
      await between();
      this.#held();
      if (this.#paused === paused && paused?.parts === parts) continue;
      [paused, parts] = [this.#paused, this.#paused?.parts];
      turns = 0;
    }
  }

  /** Plans a group that runs at once, above the one that pauses. */
  #planNow(memory: SessionMemory, group: Group, outputs: readonly Output[]): GroupPlan {
    const layout = new Layout(this.#paused?.top ?? memory.arena);
    const plan = this.#plan(layout, group, outputs);
    memory.reserve(layout.bytes);
    return plan;
  }

  /** Makes room for the largest group; refuses a run that would not fit, results included, before it starts. */
  #reserve(memory: SessionMemory, groups: readonly Group[], outputs: readonly Output[]): void {
    let bytes = memory.bytes;
    for (const group of groups) {
      const layout = new Layout(memory.arena);
      this.#plan(layout, group, outputs);
      bytes = Math.max(bytes, layout.bytes);
    }
    const results = outputs.reduce((sum, output) => sum + output.bytes, 0);
    if (bytes + results > memory.maximum) {
      throw new BertletError(
        "input_too_large",
        `this run needs ${bytes} bytes of memory and ${results} for its results; the session may take ${memory.maximum}`,
      );
    }
    memory.reserve(bytes);
  }

  #plan(layout: Layout, group: Group, outputs: readonly Output[]): GroupPlan {
    const { rows, tokens, chosen, hook } = group;
    const longest = Math.max(...rows.map(({ ids, keys }) => Math.max(ids.length, keys)));
    const attentions = outputs.some(({ request }) => request.kind === "attention");
    const computed = outputs.flatMap(({ request }) => (request.kind === "steps" ? [request.output] : []));
    const pooled = Math.max(this.encoder.ld, ...computed.map(({ width }) => align(width)));
    const encoder = this.encoder.plan(layout, tokens, rows.length, longest, {
      attentions,
      masks: rows.some(({ mask }) => mask !== undefined),
      keyValues: rows.some(({ before }) => before !== undefined),
    });
    return {
      encoder,
      chosen: chosen.length < tokens ? layout.take(chosen.length * this.encoder.ld, 4) : 0,
      pooled: layout.take(rows.length * pooled, 4),
      steps: planSteps(layout, computed, this.encoder),
      afterAttention: hook?.plan(layout, group, encoder),
    };
  }

  /** Yields between two layers. */
  *#runGroup(
    memory: SessionMemory,
    group: Group,
    plan: GroupPlan,
    outputs: readonly Output[],
    { vectors, headMask }: Batch,
  ): Generator<void, void, void> {
    const { hiddenSize: width } = batchLimits(this.#catalogue.encoder, this.#start);
    const { rows, token, tokens, chosen } = group;
    const observer = { ...this.#observer(memory, group, outputs), afterAttention: plan.afterAttention };
    const own = vectors?.subarray(token * width, (token + tokens) * width);
    yield* this.encoder.run(plan.encoder, rows, observer, { vectors: own, headMask });
    const computed = outputs.flatMap((output) =>
      output.request.kind === "steps" ? [[output, output.request.output] as const] : [],
    );
    if (!observer.firstOnly) {
      if (chosen.length < tokens) this.encoder.gather(plan.encoder, chosen, plan.chosen);
      if (computed.some(([, bound]) => isFromFirst(bound))) this.encoder.gatherFirst(plan.encoder, rows);
    }
    for (const [output, bound] of computed) this.#compute(memory, group, plan, output, bound);
  }

  #observer(memory: SessionMemory, { row, token, tokens }: Group, outputs: readonly Output[]): EncoderObserver {
    const { encoder } = this.#catalogue;
    const { ld } = this.encoder;
    const all = Array.from({ length: tokens }, (_, index) => token + index);
    const ofLayer = (kind: "hidden" | "attention", layer: number) =>
      outputs.filter(({ request }) => request.kind === kind && request.layer === layer);
    const listen = this.#inputListener;
    return {
      firstOnly: !encoder.causal && !outputs.some(({ request }) => needsAllTokens(request, encoder)),
      attends: (layer) => ofLayer("attention", layer).length > 0,
      hidden: (layer, x) => {
        for (const output of ofLayer("hidden", layer)) output.putTokens(memory.f32(x, tokens * ld), ld, all);
      },
      attention: (layer, index, probs, count) => {
        const values = memory.f32(probs, encoder.layers.heads * count);
        for (const output of ofLayer("attention", layer)) output.putAttention(values, row + index);
      },
      matrixInput: listen && ((name, x, M, K) => listen(name, memory.f32(x, M * K), M, K)),
    };
  }

  /** Computes one output for the rows of a group. */
  #compute(memory: SessionMemory, group: Group, plan: GroupPlan, output: Output, bound: BoundOutput): void {
    const { rows, row, token, tokens, chosen } = group;
    if (!bound.pooling) {
      const x = chosen.length < tokens ? plan.chosen : plan.encoder.tokens.x;
      runSteps(this.encoder, plan.steps, bound, x, chosen.length, (y, ld, first, count) => {
        const indices = chosen.slice(first, first + count).map((index) => token + index);
        output.putTokens(memory.f32(y, count * ld), ld, indices);
      });
      return;
    }
    if (!isFromFirst(bound)) this.#pool(memory, group, plan, bound.pooling);
    const x = isFromFirst(bound) ? plan.encoder.first.x : plan.pooled;
    runSteps(this.encoder, plan.steps, bound, x, rows.length, (y, ld, first, count) =>
      output.putRows(memory.f32(y, count * ld), ld, row + first, count),
    );
  }

  /** `plan.pooled` [R][modes.length · H, aligned] = the pooled vectors of each row, side by side. */
  #pool(memory: SessionMemory, { rows, tokens }: Group, plan: GroupPlan, modes: readonly PoolingMode[]): void {
    const { hiddenSize: H } = this.#catalogue.encoder;
    const { ld } = this.encoder;
    const stride = align(modes.length * H);
    const hidden = memory.f32(plan.encoder.tokens.x, tokens * ld);
    const pooled = memory.f32(plan.pooled, rows.length * stride).fill(0);
    let token = 0;
    for (const [r, { columns, keys, ids }] of rows.entries()) {
      const x = hidden.subarray(token * ld, (token + ids.length) * ld);
      const first = keys < ids.length ? keys : 0;
      for (const [part, mode] of modes.entries()) {
        pooled.set(poolTokens(mode, { x, ld, H, columns: columns.subarray(0, keys), first }), r * stride + part * H);
      }
      token += ids.length;
    }
  }
}

function finish(parts: Iterable<void>): void {
  for (const _ of parts);
}

export function groupRows({ rows, outputRows }: Batch, hook?: LayerHook): Group[] {
  const groups: Group[] = [];
  let start = 0;
  let token = 0;
  while (start < rows.length) {
    let end = start;
    let tokens = 0;
    do tokens += rows[end++]!.ids.length;
    while (end < rows.length && tokens + rows[end]!.ids.length <= GROUP_TOKENS);
    const first = token;
    const chosen = Array.from({ length: tokens }, (_, index) => index).filter(
      (index) => outputRows[first + index]! >= 0,
    );
    groups.push({ rows: rows.slice(start, end), row: start, token, tokens, chosen, hook });
    start = end;
    token += tokens;
  }
  return groups;
}

/**
 * A masked first token is computed as a query beside the row's keys, which causal attention has no order for.
 * @throws BertletError `unsupported`
 */
export function checkFirstTokens({ rows }: Batch): void {
  const row = rows.findIndex(({ keys, columns }) => columns.length > keys);
  if (row < 0) return;
  throw new BertletError(
    "unsupported",
    `row ${row} is padded on the left, and a decoder's output that reads its first token needs padding on the right`,
  );
}

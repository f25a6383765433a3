// The kernel engine: a packed model in wasm memory behind the session interface. It decides what a run computes and where outputs
// go; the encoder (encoder.ts) and the heads' steps (head-steps.ts) do the rest.
import { Tensor } from "onnxruntime-common";
import { loadKernelModule, MAXIMUM_MEMORY } from "#kernel";
import { BertletError } from "../../errors.ts";
import { type LayerRange, layersOf } from "../../model-file/layers.ts";
import { type PackedHeader, type PackedModel, type PackedSource, readPacked } from "../../model-file/packed.ts";
import { type Batch, readBatch, type TokenRow } from "../batch.ts";
import { Activation, type KernelBuild, type KernelExports } from "../kernels/abi.ts";
import { type Feeds, type Fetches, fetchNames, type InferenceSession } from "../session.ts";
import { Layout, SessionMemory } from "./arena.ts";
import { type Activations, Encoder, type EncoderObserver, type EncoderPlan } from "./encoder.ts";
import { bindHeads, type HeadPlan, planHeads, runHead } from "./head-steps.ts";
import { type Catalogue, needsAllTokens, needsPooler, Output, parseRequest } from "./outputs.ts";
import { preferredBuild } from "./relaxed-simd.ts";
import { type Dense, Weights } from "./weights.ts";

export interface KernelSessionOptions {
  /** Which build of the kernels; the fastest that the runtime knows when left out. */
  readonly build?: KernelBuild;
  /** The most wasm memory that the session may take, in bytes; in a Worker 112 MiB when left out, elsewhere what can be addressed. */
  readonly maximumMemory?: number;
  /**
   * The layers to hold, from the first to before the second, of a model too large for one session: all when left out. A session that does
   * not begin with layer 0 takes `hidden_states` [batch, length, H] (or [tokens, H] with row_starts) instead of `input_ids`: the
   * `last_hidden_state` of the session before. One that does not end with the last layer has neither pooler nor heads. Each counts its own
   * layers from 0.
   */
  readonly layers?: LayerRange;
}

// Rows are taken together until they hold this many tokens: enough to use each weight well while it is in the cache.
const GROUP_TOKENS = 128;

/** Rows that go through the encoder together. */
interface Group {
  readonly rows: readonly TokenRow[];
  /** Index in the batch of the first row, and of its first token. */
  readonly row: number;
  readonly token: number;
  /** M: tokens in all rows. */
  readonly tokens: number;
  /** Those of the M that have a row in the outputs. */
  readonly chosen: readonly number[];
}

interface GroupPlan {
  readonly encoder: EncoderPlan;
  /** The hidden states of `chosen` where those are not all tokens. */
  readonly chosen: number;
  readonly pooled: Activations;
  readonly heads: HeadPlan;
}

export class KernelSession implements InferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** What the file said of itself, and the tokenizer's tables. */
  readonly model: PackedModel;
  readonly #catalogue: Catalogue;
  readonly #encoder: Encoder;
  readonly #pooler: Dense | undefined;
  #memory: SessionMemory | undefined;

  private constructor(model: PackedModel, memory: SessionMemory, kernel: KernelExports, embeds: boolean) {
    const { config, heads } = model.header;
    const { hidden_size: H } = config;
    const weights = new Weights(model.header, memory.weights);
    this.model = model;
    this.#memory = memory;
    this.#encoder = new Encoder(config, kernel, memory, weights, embeds);
    this.inputNames = embeds ? ["input_ids", "attention_mask", "token_type_ids"] : ["hidden_states", "attention_mask"];
    this.#pooler = weights.has("pooler.dense.weight") ? weights.dense("pooler.dense", H, H) : undefined;
    this.#catalogue = { config, pooler: this.#pooler !== undefined, heads: bindHeads(heads, config, weights) };
    const pooled = this.#pooler ? ["pooler_output"] : [];
    this.outputNames = ["last_hidden_state", ...pooled, ...this.#catalogue.heads.map(({ name }) => name)];
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
    const model = await readPacked(source, place, layers && ((header) => layersOf(header, layers)));
    // Not the asynchronous form: in a Worker, a request that ends in the middle would leave every other one waiting.
    const instance = new WebAssembly.Instance(module, { env: { memory: memory!.memory } });
    // The module is our own build of src/wasm/kernel, which exports exactly this.
    return new KernelSession(model, memory!, instance.exports as unknown as KernelExports, !layers?.[0]);
  }

  get memory(): { bytes: number; maximum: number } {
    return { bytes: this.#memory?.bytes ?? 0, maximum: this.#memory?.maximum ?? 0 };
  }

  /**
   * Beside `outputNames`, `hidden_states.N` (0: the embedding) and `attentions.N` (0: the first layer) can be fetched. Outputs at
   * masked positions are zero. Feeds may be ragged: `input_ids` [tokens] and `row_starts` [batch + 1], and so are the outputs then. With
   * `output_tokens` [n], indices into `input_ids`, outputs that have a row a token have those rows alone, [n, …].
   */
  async run(feeds: Feeds, fetches?: Fetches): Promise<Record<string, Tensor>> {
    const memory = this.#memory;
    if (!memory) throw new BertletError("invalid_input", "the session was released");
    const { config } = this.#catalogue;
    const embeds = this.inputNames.includes("input_ids");
    const batch = readBatch(embeds ? feeds : withIds(feeds, config.hidden_size), config);
    const hidden = embeds
      ? undefined
      : countedRows(feeds.hidden_states!.data as Float32Array, batch, config.hidden_size);
    const outputs = [...new Set(fetchNames(fetches, this.outputNames))].map(
      (name) => new Output(name, parseRequest(name, this.#catalogue), batch, config),
    );
    const groups = groupRows(batch);
    const plans = this.#reserve(memory, groups, outputs);
    for (const [index, group] of groups.entries()) this.#runGroup(memory, group, plans[index]!, outputs, hidden);
    return Object.fromEntries(outputs.map((output) => [output.name, output.tensor]));
  }

  /**
   * Shows what each matrix of the encoder meets, [M][K] by the matrix's name, in every run from now on; K is a multiple of 16. The values
   * hold for the time of the call.
   * @internal for calibration
   */
  observeInputs(see: (name: string, x: Float32Array, M: number, K: number) => void): void {
    this.#encoder.onInput = (name, x, M, K) => {
      if (this.#memory) see(name, this.#memory.f32(x, M * K), M, K);
    };
  }

  async release(): Promise<void> {
    this.#memory = undefined;
  }

  /** Plans every group; refuses a run that would not fit, results included, before it starts. */
  #reserve(memory: SessionMemory, groups: readonly Group[], outputs: readonly Output[]): GroupPlan[] {
    let bytes = memory.bytes;
    const plans = groups.map((group) => {
      const layout = new Layout(memory.arena);
      const plan = this.#plan(layout, group, outputs);
      bytes = Math.max(bytes, layout.bytes);
      return plan;
    });
    const results = outputs.reduce((sum, output) => sum + output.bytes, 0);
    if (bytes + results > memory.maximum) {
      throw new BertletError(
        "input_too_large",
        `this run needs ${bytes} bytes of memory and ${results} for its results; the session may take ${memory.maximum}`,
      );
    }
    memory.reserve(bytes);
    return plans;
  }

  #plan(layout: Layout, { rows, tokens, chosen }: Group, outputs: readonly Output[]): GroupPlan {
    const longest = Math.max(...rows.map(({ ids }) => ids.length));
    const attentions = outputs.some(({ request }) => request.kind === "attention");
    const heads = outputs.flatMap(({ request }) => (request.kind === "head" ? [request.head] : []));
    return {
      encoder: this.#encoder.plan(layout, tokens, rows.length, longest, attentions),
      chosen: chosen.length < tokens ? layout.take(chosen.length * this.#encoder.ld, 4) : 0,
      pooled: this.#encoder.activations(layout, rows.length, this.#encoder.ld),
      heads: planHeads(layout, heads, this.#encoder),
    };
  }

  /** @param hidden of the whole batch [tokens][H], in a session that begins with them */
  #runGroup(
    memory: SessionMemory,
    group: Group,
    plan: GroupPlan,
    outputs: readonly Output[],
    hidden: Float32Array | undefined,
  ): void {
    const { config } = this.#catalogue;
    const { rows, row, token, tokens, chosen } = group;
    const all = Array.from({ length: tokens }, (_, index) => token + index);
    const { ld } = this.#encoder;
    const firstOnly =
      !config.is_decoder && !outputs.some(({ request }) => needsAllTokens(request, config.num_hidden_layers));
    const ofLayer = (kind: "hidden" | "attention", layer: number) =>
      outputs.filter(({ request }) => request.kind === kind && request.layer === layer);

    const observer: EncoderObserver = {
      firstOnly,
      attends: (layer) => ofLayer("attention", layer).length > 0,
      hidden: (layer, x) => {
        for (const output of ofLayer("hidden", layer)) output.putTokens(memory.f32(x, tokens * ld), ld, all);
      },
      attention: (layer, index, probs, S) => {
        const values = memory.f32(probs, config.num_attention_heads * S * S);
        for (const output of ofLayer("attention", layer)) output.putAttention(values, row + index);
      },
    };
    const { hidden_size: H } = config;
    this.#encoder.run(plan.encoder, rows, observer, hidden?.subarray(token * H, (token + tokens) * H));
    const gathered = chosen.length < tokens;
    if (gathered && !firstOnly) this.#encoder.gather(plan.encoder, chosen, plan.chosen);
    if (outputs.some(({ request }) => needsPooler(request))) {
      if (!firstOnly) this.#encoder.gatherFirst(plan.encoder, rows);
      this.#pool(plan, rows.length);
    }

    for (const output of outputs) {
      const { request } = output;
      if (request.kind === "pooler") {
        output.putRows(memory.f32(plan.pooled.x, rows.length * ld), ld, row, rows.length);
      } else if (request.kind === "head" && request.head.from === "pooler_output") {
        runHead(this.#encoder, plan.heads, request.head, plan.pooled.x, rows.length, (y, width, first, count) =>
          output.putRows(memory.f32(y, count * width), width, row + first, count),
        );
      } else if (request.kind === "head") {
        const x = gathered ? plan.chosen : plan.encoder.tokens.x;
        runHead(this.#encoder, plan.heads, request.head, x, chosen.length, (y, width, first, count) => {
          const places = chosen.slice(first, first + count).map((index) => token + index);
          output.putTokens(memory.f32(y, count * width), width, places);
        });
      }
    }
  }

  /** tanh(x·W + b) of each row's first token. */
  #pool({ encoder, pooled }: GroupPlan, R: number): void {
    if (this.#pooler) this.#encoder.dense(encoder.first, this.#pooler, pooled.x, R, Activation.tanh);
  }
}

function groupRows({ rows, places }: Batch): Group[] {
  const groups: Group[] = [];
  let start = 0;
  let token = 0;
  while (start < rows.length) {
    let end = start;
    let tokens = 0;
    do tokens += rows[end++]!.ids.length;
    while (end < rows.length && tokens + rows[end]!.ids.length <= GROUP_TOKENS);
    const chosen = Array.from({ length: tokens }, (_, index) => index).filter((index) => places[token + index]! >= 0);
    groups.push({ rows: rows.slice(start, end), row: start, token, tokens, chosen });
    start = end;
    token += tokens;
  }
  return groups;
}

/** Feeds of hidden states as feeds of ids, which say where the rows are. */
function withIds({ hidden_states, ...feeds }: Feeds, H: number): Feeds {
  if (feeds.input_ids) {
    throw new BertletError(
      "invalid_input",
      "this session begins behind layer 0: it takes hidden_states, not input_ids",
    );
  }
  if (!hidden_states) throw new BertletError("invalid_input", "input hidden_states is missing");
  const { dims, data } = hidden_states;
  if (!(data instanceof Float32Array) || dims.at(-1) !== H) {
    const found = `${hidden_states.type} [${dims.join(", ")}]`;
    throw new BertletError(
      "invalid_input",
      `hidden_states is ${found} where float32 [batch, length, ${H}] is expected`,
    );
  }
  return { ...feeds, input_ids: new Tensor("int32", new Int32Array(data.length / H), dims.slice(0, -1)) };
}

/** Those rows of `hidden` [batch × length][H] that are not masked. */
function countedRows(hidden: Float32Array, { rows, length = 0, places }: Batch, H: number): Float32Array {
  if (places.length * H === hidden.length) return hidden;
  const counted = new Float32Array(places.length * H);
  let token = 0;
  for (const [row, { columns }] of rows.entries()) {
    for (const column of columns) {
      const from = (row * length + column) * H;
      counted.set(hidden.subarray(from, from + H), token++ * H);
    }
  }
  return counted;
}

// bertlet/pool: a model on several threads of Node, Bun or Deno. An entry of its own: Workers and pages have no threads of this kind.
import { availableParallelism } from "node:os";
import { packCheckpoint } from "../model-file/pack-checkpoint.ts";
import { type PackedHeader, type PackedModel, type PackedSource, readPacked } from "../model-file/packed.ts";
import {
  isPacked,
  openPretrained,
  PRETRAINED_OPTIONS,
  type PretrainedOptions,
  type PretrainedSource,
} from "../models/load-pretrained.ts";
import { type LoadedModel, ofPacked } from "../models/loaded-model.ts";
import { checkOptions, count, type OptionTable } from "../options.ts";
import { WRITERS } from "../tokenizer/tokenizer.ts";
import { PoolSession } from "./session.ts";

export { PoolSession } from "./session.ts";

/** As for one session, but for `layers`; `maximumMemory` is that of each thread. */
export interface PoolOptions extends Omit<PretrainedOptions, "layers"> {
  /** How many threads run the model; as many as the machine runs at once when left out. */
  readonly threads?: number;
}

const { layers: _, ...WITHOUT_LAYERS } = PRETRAINED_OPTIONS;
const POOL_OPTIONS: OptionTable<PoolOptions> = { ...WITHOUT_LAYERS, threads: count };

/** A model whose session is a pool of threads. */
export interface PooledModel extends LoadedModel {
  readonly session: PoolSession;
}

/**
 * Loads a model, as `loadPretrained` does, for several threads. Each thread has the weights in WebAssembly memory of its own; the file is held
 * once, in memory that they share, for a thread that replaces another. Batches are split over the threads, and a single text runs on one.
 *
 * @throws BertletError as `loadPretrained`, and `invalid_input` for a number of threads that cannot be
 * @example
 * const model = await loadPool("model.safetensors", { threads: 2 });
 * await new BertForSequenceClassification(model).classify(texts);
 * await model.session.release();
 */
export async function loadPool(source: PretrainedSource, options: PoolOptions = {}): Promise<PooledModel> {
  checkOptions(options, POOL_OPTIONS);
  const { threads = availableParallelism(), build, maximumMemory, ...reading } = options;
  const opened = await openPretrained(source, reading);
  const packed = isPacked(opened)
    ? opened
    : await packCheckpoint(opened, { ...reading, quantization: options.quantization ?? "f32" });
  const model = await shareBytes(packed);
  const parts = await readAllButWeights(model);
  const threadOptions = { ...(build && { build }), ...(maximumMemory !== undefined && { maximumMemory }) };
  const session = await PoolSession.create(parts.header, { model, options: threadOptions }, threads);
  return { ...ofPacked(session, parts, WRITERS), session };
}

/** The bytes in memory that threads can share. */
async function shareBytes(source: PackedSource): Promise<Uint8Array<SharedArrayBuffer>> {
  const bytes =
    source instanceof Uint8Array ? source : new Uint8Array(await new Response(source as BodyInit).arrayBuffer());
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  shared.set(bytes);
  return shared;
}

/** The file's own header and the tokenizer's tables. */
async function readAllButWeights(file: Uint8Array): Promise<Pick<PackedModel, "header" | "tokenizerTables">> {
  let header: PackedHeader | undefined;
  const { tokenizerTables } = await readPacked(
    file,
    () => new Uint8Array(0),
    (whole) => {
      header = whole;
      const { config, encoder, heads, embedding } = whole;
      return { config, encoder, heads, embedding, rename: () => undefined };
    },
  );
  return { header: header!, tokenizerTables };
}

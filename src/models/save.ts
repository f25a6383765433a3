// A loaded model as the files of a Hub folder, with another vocabulary size, and its table of words. Weights come out of the session.

import { embeddingWidthOf } from "../architectures/encoder-spec.ts";
import { resizeTokenEmbeddings } from "../checkpoint/resize.ts";
import { writeCheckpoint } from "../checkpoint/write-checkpoint.ts";
import { BertletError } from "../errors.ts";
import { packModel } from "../model-file/pack.ts";
import { PackedTensors, unpackModel } from "../model-file/unpack.ts";
import { checkOptions, type OptionTable, oneOf } from "../options.ts";
import { KernelSession } from "../wasm/kernel/session.ts";
import type { InferenceSession } from "../wasm/session.ts";
import { loadPretrained } from "./load-pretrained.ts";
import type { LoadedModel } from "./loaded-model.ts";

export interface SaveOptions {
  /** The type of the weights; float32 when left out. */
  readonly dtype?: "float32" | "float16" | undefined;
}

const SAVE_OPTIONS: OptionTable<SaveOptions> = { dtype: oneOf("float32", "float16") };

/** config.json and model.safetensors of the class of this head, or of the bare encoder; and the tokenizer's files. */
export function modelFiles(
  model: LoadedModel,
  head: string | undefined,
  options: SaveOptions,
): Map<string, Uint8Array> {
  checkOptions(options, SAVE_OPTIONS);
  const { dtype = "float32" } = options;
  const files = writeCheckpoint(unpack(model.session), { dtype, ...(head !== undefined && { head }) });
  return new Map<string, Uint8Array>([...files, ...(model.tokenizer?.toFiles() ?? [])]);
}

/** The same model with a vocabulary of `size` tokens, on a session of its own. */
export async function resizeVocabulary(model: LoadedModel, size: number): Promise<LoadedModel> {
  const { header, tokenizerTables } = kernelSession(model.session).model;
  const tokenizer = header.tokenizer === undefined ? undefined : { config: header.tokenizer, tables: tokenizerTables };
  const checkpoint = resizeTokenEmbeddings(unpack(model.session), size);
  const { quantization, origin } = model;
  return loadPretrained(await packModel({ ...checkpoint, quantization, tokenizer, origin }));
}

/** The rows of the word embedding table for these token ids, [E] each. */
export function wordEmbeddings({ session }: LoadedModel, ids: readonly number[]): Float32Array[] {
  const { model, weights } = kernelSession(session);
  const { embeddings } = model.header.encoder;
  const E = embeddingWidthOf(model.header.encoder);
  const { table, rows } = embeddings.find(({ index }) => index === "ids")!;
  const unknown = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < rows));
  if (unknown !== undefined)
    throw new BertletError("invalid_input", `there is no token ${unknown}; there are ${rows}, from 0`);
  const values = new PackedTensors(model.header, weights).matrix(table, rows, E);
  return ids.map((id) => values.slice(id * E, (id + 1) * E));
}

function unpack(session: InferenceSession): ReturnType<typeof unpackModel> {
  const { model, weights } = kernelSession(session);
  return unpackModel(model.header, weights);
}

/** @throws BertletError `unsupported` for a session of another engine, whose weights cannot be read */
function kernelSession(session: InferenceSession): KernelSession {
  if (session instanceof KernelSession) return session;
  throw new BertletError("unsupported", "only a model on a KernelSession can give its weights");
}
